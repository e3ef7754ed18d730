-- Health of an LLMProvider or a Guardrail for Argo CD: the keys resource.customizations.health.tidegate.io_LLMProvider
-- and resource.customizations.health.tidegate.io_Guardrail of argocd-cm.
-- Without it Argo CD takes every custom resource for healthy as soon as it exists.
local health = { status = "Progressing", message = "Waiting for the operator" }

if obj.status == nil or obj.status.conditions == nil then
  return health
end

if obj.status.observedGeneration ~= nil and obj.metadata.generation ~= nil
    and obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "Waiting for the operator to see generation " .. tostring(obj.metadata.generation)
  return health
end

if obj.spec ~= nil and obj.spec.enabled == false then
  health.status = "Suspended"
  health.message = "Disabled"
  return health
end

for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    health.message = condition.message
    if condition.status == "True" then
      health.status = "Healthy"
    elseif condition.status == "False" then
      health.status = "Degraded"
    end
    return health
  end
end

return health
