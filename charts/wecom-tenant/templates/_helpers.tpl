{{- define "wecom-tenant.name" -}}
{{- default .Release.Name .Values.name -}}
{{- end -}}

{{- /* What policies select this tenant by. */ -}}
{{- define "wecom-tenant.selectorLabels" -}}
app.kubernetes.io/name: wecom-tenant
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "wecom-tenant.labels" -}}
{{ include "wecom-tenant.selectorLabels" . }}
app.kubernetes.io/part-of: menshen
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* A policy of this tenant. Argument: [root, name, spec] */ -}}
{{- define "wecom-tenant.policy" -}}
{{- $root := index . 0 -}}
apiVersion: menshen.dev/v1alpha1
kind: CompliancePolicy
metadata:
  # Two tenants of a namespace may use the same policy of the library, each in its own version.
  name: {{ include "wecom-tenant.name" $root }}-{{ index . 1 }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "wecom-tenant.labels" $root | nindent 4 }}
  annotations:
    # Behind the tenant, where Argo CD applies.
    argocd.argoproj.io/sync-wave: "2"
    {{- with $root.Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- toYaml (mergeOverwrite (dict "tenants" (dict "matchLabels" (include "wecom-tenant.selectorLabels" $root | fromYaml))) (index . 2)) | nindent 2 }}
{{- end -}}
