-- Health of a WeComTenant or a CompliancePolicy for Argo CD. Both follow kstatus: what the operator has not looked at yet is in progress,
-- Stalled waits for a person, Ready is well. Argo CD gives `obj` and reads what is returned.
local function condition(kind)
  if obj.status ~= nil and obj.status.conditions ~= nil then
    for _, found in ipairs(obj.status.conditions) do
      if found.type == kind then return found end
    end
  end
  return nil
end

local function says(found, fallback)
  if found == nil then return fallback end
  if found.message == nil or found.message == "" then return found.reason or fallback end
  return found.reason .. ": " .. found.message
end

if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "is being deleted" }
end
local observed = obj.status ~= nil and obj.status.observedGeneration or nil
if observed == nil or observed ~= obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not looked at this revision yet" }
end
local stalled = condition("Stalled")
if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = says(stalled, "waits for a person") }
end
if obj.spec ~= nil and obj.spec.suspend == true then
  return { status = "Suspended", message = "spec.suspend is set; WeCom keeps messages for 5 days only" }
end
local ready = condition("Ready")
if ready ~= nil and ready.status == "True" then
  return { status = "Healthy", message = says(ready, "is ready") }
end
return { status = "Progressing", message = says(ready, "is not ready yet") }
