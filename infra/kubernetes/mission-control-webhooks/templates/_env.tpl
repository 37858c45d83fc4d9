{{/* One variable. An empty value is left out, so that the service's own default applies. */}}
{{- define "mc.var" -}}
{{- $value := index . 1 -}}
{{- if kindIs "slice" $value -}}{{- $value = join "," $value -}}{{- end -}}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
{{- if kindIs "float64" $value -}}{{- $value = ternary (toString (int64 $value)) (toString $value) (eq (floor $value) $value) -}}{{- end }}
- name: {{ index . 0 }}
  value: {{ $value | toString | quote }}
{{- end -}}
{{- end -}}

{{/* A variable whose value is in a file of the volume `secrets`. */}}
{{- define "mc.secretVar" -}}
- name: {{ . }}_FILE
  value: /run/secrets/mission-control/{{ . }}
{{- end -}}

{{/*
Which secrets each service reads: variable name → reference. All of them encrypt or read content, whose keys are in the read models' database.
*/}}
{{- define "mc.secretsOf" -}}
{{- $s := .root.Values.secrets -}}
{{- $events := ternary $s.eventStoreUrl $s.databaseUrl (ne $s.eventStoreUrl.name "") -}}
{{- $all := dict "EVENTSTORE_URL" $events -}}
{{- $_ := set $all "DATABASE_URL" $s.databaseUrl -}}
{{- $_ := set $all "ENCRYPTION_KEY" $s.encryptionKey -}}
{{- if has .component (list "relay" "notifier") -}}{{- $_ := set $all "NATS_URL" $s.natsUrl -}}{{- end -}}
{{- if eq .component "admin-api" -}}
{{- $_ := set $all "LOCAL_AUTH_TOKEN" $s.adminTokens -}}
{{- if $s.auditorTokens.name -}}{{- $_ := set $all "AUDITOR_TOKEN" $s.auditorTokens -}}{{- end -}}
{{- end -}}
{{- if and (eq .component "gateway") $s.rateLimitRedisUrl.name -}}{{- $_ := set $all "RATE_LIMIT_REDIS_URL" $s.rateLimitRedisUrl -}}{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{- define "mc.commonEnv" -}}
{{- $values := .root.Values }}
- name: MANAGEMENT_HOST
  value: 0.0.0.0
- name: MANAGEMENT_PORT
  value: {{ .managementPort | quote }}
{{- include "mc.var" (list "LOG_LEVEL" $values.log.level) }}
{{- include "mc.var" (list "LOG_FORMAT" $values.log.format) }}
{{- include "mc.var" (list "EVENTSTORE_PREFIX" $values.eventStorePrefix) }}
{{- include "mc.var" (list "INSTALLATION_ID" $values.installationId) }}
{{- if $values.caCertificates.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/mission-control/ca/{{ $values.caCertificates.key }}
{{- end }}
{{- with $values.telemetry }}{{- if .enabled }}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name={{ $.root.Release.Namespace }},k8s.deployment.name={{ $.name }},k8s.pod.name=$(POD_NAME)
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ .protocol }}
- name: OTEL_TRACES_EXPORTER
  value: {{ ternary "otlp" "none" (has "traces" .signals) }}
- name: OTEL_METRICS_EXPORTER
  value: {{ ternary "otlp" "none" (has "metrics" .signals) }}
- name: OTEL_LOGS_EXPORTER
  value: {{ ternary "otlp" "none" (has "logs" .signals) }}
{{- if ne (float64 .sampleRatio) 1.0 }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .sampleRatio | quote }}
{{- end }}
{{- end }}{{- end }}
{{- end -}}

{{- define "mc.env.gateway" -}}
{{- $g := .root.Values.gateway }}
- name: HOST
  value: 0.0.0.0
- name: PORT
  value: "8000"
- name: ADMIN_API_URL
  value: http://{{ include "mc.fullname" .root }}-admin-api:8001
- name: SHUTDOWN_DELAY_SECONDS
  value: {{ $g.shutdownDelaySeconds | quote }}
{{- include "mc.var" (list "TRUSTED_PROXIES" $g.trustedProxies) }}
{{- include "mc.var" (list "TRUSTED_PROXY_HEADER" $g.trustedProxyHeader) }}
{{- include "mc.var" (list "WEBHOOK_MAX_PAYLOAD_BYTES" $g.maxPayloadBytes) }}
{{- include "mc.var" (list "CONTENT_ENCRYPTION" .root.Values.contentEncryption) }}
{{- include "mc.var" (list "WEBHOOK_CACHE_SIZE" $g.cacheSize) }}
{{- include "mc.var" (list "WEBHOOK_RATE_LIMIT" $g.rateLimit) }}
{{- include "mc.var" (list "WEBHOOK_REJECTION_RATE_LIMIT" $g.rejectionRateLimit) }}
{{- include "mc.var" (list "WEBHOOK_REDACT_HEADERS" $g.redactHeaders) }}
{{- include "mc.var" (list "CORS_ORIGINS" $g.corsOrigins) }}
{{- if .root.Values.secrets.rateLimitRedisUrl.name }}
- name: RATE_LIMIT_BACKEND
  value: redis
{{- end }}
{{- end -}}

{{- define "mc.env.admin-api" -}}
{{- $v := .root.Values }}
- name: HOST
  value: 0.0.0.0
- name: PORT
  value: "8001"
- name: SHUTDOWN_DELAY_SECONDS
  value: {{ $v.adminApi.shutdownDelaySeconds | quote }}
- name: WEBHOOK_DELETE_CLEANUP_MEMORY
  value: {{ $v.adminApi.deleteCleanupMemory | quote }}
{{- include "mc.var" (list "BASE_URL" $v.baseUrl) }}
{{- include "mc.var" (list "READ_LINK_SECONDS" $v.openclaw.readLinkSeconds) }}
{{- include "mc.var" (list "CONTENT_ENCRYPTION" $v.contentEncryption) }}
{{- include "mc.var" (list "BACKUPS_KEPT_DAYS" $v.adminApi.backupsKeptDays) }}
{{- include "mc.var" (list "OPENCLAW_DENY_CIDRS" $v.openclaw.denyCidrs) }}
{{- end -}}

{{- define "mc.env.projector" -}}
{{- $p := .root.Values.projector }}
{{- include "mc.var" (list "PROJECTIONS" .config.projections) }}
{{- include "mc.var" (list "PROJECTIONS_REBUILD_ON_START" $p.rebuildOnStart) }}
{{- include "mc.var" (list "PROJECTIONS_GRACE_SECONDS" $p.graceSeconds) }}
{{- end -}}

{{- define "mc.env.relay" -}}
{{- include "mc.var" (list "RELAY_SWEEP_SECONDS" .config.sweepSeconds) }}
{{- include "mc.var" (list "CONTENT_ENCRYPTION" .root.Values.contentEncryption) }}
{{- end -}}

{{- define "mc.env.notifier" -}}
{{- $v := .root.Values }}
{{- include "mc.var" (list "BASE_URL" $v.baseUrl) }}
{{- include "mc.var" (list "READ_LINK_SECONDS" $v.openclaw.readLinkSeconds) }}
{{- include "mc.var" (list "OPENCLAW_DENY_CIDRS" $v.openclaw.denyCidrs) }}
{{- include "mc.var" (list "DELIVERY_RESUME_MAX_AGE_SECONDS" $v.openclaw.resumeMaxAgeSeconds) }}
{{- include "mc.var" (list "NOTIFIER_MAX_RETRIES" .config.maxRetries) }}
{{- include "mc.var" (list "NOTIFIER_RETRY_BASE_SECONDS" .config.retryBaseSeconds) }}
{{- include "mc.var" (list "NOTIFIER_RETRY_MAX_SECONDS" .config.retryMaxSeconds) }}
{{- include "mc.var" (list "NOTIFIER_THROTTLE_SECONDS" .config.throttleSeconds) }}
{{- include "mc.var" (list "NOTIFIER_ANSWER_TIMEOUT_SECONDS" .config.answerTimeoutSeconds) }}
{{- end -}}

{{- define "mc.env.steward" -}}
{{- include "mc.var" (list "AUDIT_CHECKPOINT_SECONDS" .config.audit.checkpointSeconds) }}
{{- include "mc.var" (list "AUDIT_ANCHOR_URL" .config.audit.anchorUrl) }}
{{- include "mc.var" (list "DELIVERY_RESUME_MAX_AGE_SECONDS" .root.Values.openclaw.resumeMaxAgeSeconds) }}
{{- include "mc.var" (list "WEBHOOK_RETENTION_MAX_AGE_DAYS" .config.retention.maxAgeDays) }}
{{- include "mc.var" (list "WEBHOOK_RETENTION_MAX_PAYLOADS" .config.retention.maxPayloads) }}
{{- include "mc.var" (list "WEBHOOK_RETENTION_CHECK_SECONDS" .config.retention.checkSeconds) }}
{{- end -}}
