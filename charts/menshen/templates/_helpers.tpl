{{- define "menshen.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- /* Name of every object. At most 40 characters, so that a suffix still fits a label. */ -}}
{{- define "menshen.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "menshen.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "menshen.serviceAccountName" -}}
{{- default (include "menshen.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- /* `repository@digest`, else `repository:tag`. */ -}}
{{- define "menshen.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* What finds the pods of a component; never changes, because a selector cannot. Argument: [root, component] */ -}}
{{- define "menshen.selectorLabels" -}}
app.kubernetes.io/name: {{ include "menshen.name" (index . 0) }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- /* Labels of every object. Argument: [root, component] */ -}}
{{- define "menshen.labels" -}}
{{ include "menshen.selectorLabels" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/part-of: menshen
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- with (index . 0).Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Metadata of an object. Argument: [root, component, suffix of its name] */ -}}
{{- define "menshen.metadata" -}}
name: {{ include "menshen.fullname" (index . 0) }}{{ index . 2 }}
namespace: {{ (index . 0).Release.Namespace }}
{{- include "menshen.commonMetadata" . }}
{{- end -}}

{{- define "menshen.clusterMetadata" -}}
name: {{ include "menshen.fullname" (index . 0) }}{{ index . 2 }}
{{- include "menshen.commonMetadata" . }}
{{- end -}}

{{- define "menshen.commonMetadata" }}
labels:
  {{- include "menshen.labels" . | nindent 2 }}
{{- with (index . 0).Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* The `restricted` Pod Security Standard. Argument: the user. */ -}}
{{- define "menshen.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "menshen.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
