{{/*
Values that have another name now, and values that most charts have but this one names differently: old path → new path. The schema
accepts the old paths, so that the message below appears instead of the schema's. An entry is removed in the next major version.
*/}}
{{- define "mc.renamedValues" -}}
replicaCount: gateway.replicas
autoscaling: gateway.autoscaling
service: gateway.service
resources: gateway.resources, adminApi.resources and so on
podAnnotations: defaults.podAnnotations
podLabels: defaults.podLabels
podSecurityContext: defaults.podSecurityContext
securityContext: defaults.securityContext
nodeSelector: defaults.nodeSelector
tolerations: defaults.tolerations
affinity: defaults.affinity
extraEnv: defaults.extraEnv
serviceMonitor: podMonitor
podDisruptionBudget: defaults.podDisruptionBudget
gateway.ingestRateLimit: gateway.rejectionRateLimit
notifier.resumeMaxAgeSeconds: openclaw.resumeMaxAgeSeconds
{{- end -}}

{{/* Former names of variables, in `extraEnv`: name → the value that sets it. */}}
{{- define "mc.renamedVariables" -}}
WEBHOOK_INGEST_RATE_LIMIT: gateway.rejectionRateLimit
NOTIFIER_RESUME_MAX_AGE: openclaw.resumeMaxAgeSeconds
{{- end -}}

{{- define "mc.failOnRenamed" -}}
{{- range $old, $new := fromYaml (include "mc.renamedValues" .) -}}
{{- $found := $.Values -}}
{{- range splitList "." $old -}}
{{- $found = ternary (get ($found | default dict) .) nil (kindIs "map" $found) -}}
{{- end -}}
{{- if not (or (kindIs "invalid" $found) (eq (toString $found) "")) -}}
{{- fail (printf "\n\nThe value %s has been renamed: set %s instead." $old $new) -}}
{{- end -}}
{{- end -}}
{{- $variables := fromYaml (include "mc.renamedVariables" .) -}}
{{- range fromYamlArray (include "mc.workloads" .) -}}
{{- range $variable := .config.extraEnv -}}
{{- with get $variables $variable.name -}}
{{- fail (printf "\n\nThe variable %s in extraEnv has been renamed: set the value %s instead." $variable.name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
