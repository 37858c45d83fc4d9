{{/*
All workloads, as YAML: a list of {component, name, managementPort, port?, config, scaled, revive}. `config` is the service's values over
`defaults`. `scaled`: an autoscaler sets the number of pods. `serves`: it answers requests, so that its readiness decides about traffic.
*/}}
{{- define "mc.workloads" -}}
{{- $v := .Values -}}
{{- $full := include "mc.fullname" . -}}
{{- $list := list
  (dict "component" "gateway" "managementPort" 9100 "port" 8000 "own" $v.gateway "scaled" $v.gateway.autoscaling.enabled)
  (dict "component" "admin-api" "managementPort" 9101 "port" 8001 "own" $v.adminApi)
  (dict "component" "projector" "managementPort" 9102 "own" $v.projector)
  (dict "component" "relay" "managementPort" 9103 "own" $v.relay)
  (dict "component" "notifier" "managementPort" 9104 "own" $v.notifier "scaled" $v.notifier.keda.enabled)
  (dict "component" "steward" "managementPort" 9105 "own" $v.steward)
-}}
{{- range $split := $v.projector.split -}}
{{- $own := mergeOverwrite (deepCopy (omit $v.projector "split" "replicas" "projections")) $split -}}
{{- $scaled := dig "keda" "enabled" false $split -}}
{{- $list = append $list (dict "component" "projector" "suffix" $split.name "managementPort" 9102 "own" $own "scaled" $scaled) -}}
{{- end -}}
{{- $workloads := list -}}
{{- range $list -}}
{{- $suffix := ternary (printf "%s-%s" .component .suffix) .component (hasKey . "suffix") -}}
{{- $config := mergeOverwrite (deepCopy $v.defaults) (deepCopy .own) -}}
{{- $workloads = append $workloads (dict
  "component" .component "workload" $suffix "name" (printf "%s-%s" $full $suffix) "managementPort" .managementPort
  "port" .port "config" $config "scaled" (.scaled | default false)) -}}
{{- end -}}
{{- toYaml $workloads -}}
{{- end -}}

{{/* Labels that select the pods of one workload: several projector Deployments share a component. */}}
{{- define "mc.workloadLabels" -}}
{{ include "mc.selectorLabels" . }}
mission-control/workload: {{ .workload }}
{{- end -}}

{{/*
The gateway and the admin API must have been fully ready once, so that a release that cannot work never replaces one that does. From then
on they stay in rotation while the event store is away: they answer 503 with Retry-After, where a proxy without backends would not, and
the admin API still serves queries.
*/}}
{{- define "mc.probes" -}}
startupProbe:
  httpGet: {path: {{ ternary "/readyz" "/healthz" (not (not .port)) }}, port: management}
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 150
livenessProbe:
  httpGet: {path: /healthz, port: management}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: "/readyz{{ if .port }}?exclude=event_store&exclude=configuration_tail{{ end }}", port: management}
  periodSeconds: {{ ternary 3 10 (not (not .port)) }}
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}

{{- define "mc.affinity" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "mc.workloadLabels" . | nindent 12 }}
{{- end -}}

{{- define "mc.spread" -}}
{{- $constraints := .config.topologySpreadConstraints | default (list
  (dict "maxSkew" 1 "topologyKey" "topology.kubernetes.io/zone" "whenUnsatisfiable" "ScheduleAnyway")
  (dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway")) -}}
{{- $selector := dict "labelSelector" (dict "matchLabels" (fromYaml (include "mc.workloadLabels" .))) -}}
{{- range $constraints }}
- {{ toYaml (merge (deepCopy .) $selector (dict "matchLabelKeys" (list "pod-template-hash"))) | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{- define "mc.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $variable, $reference := fromYaml (include "mc.secretsOf" .) }}
      - secret:
          name: {{ $reference.name }}
          items: [{key: {{ $reference.key }}, path: {{ $variable }}}]
      {{- end }}
{{- with .root.Values.caCertificates.configMap }}
- name: ca
  configMap: {name: {{ . }}}
{{- end }}
{{- with .config.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "mc.container" -}}
name: {{ .component }}
image: {{ include "mc.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [services/{{ .component }}/dist/main.js]
env:
  {{- include (printf "mc.env.%s" .component) . | trim | nindent 2 }}
  {{- include "mc.commonEnv" . | trim | nindent 2 }}
  {{- range $variable, $_ := fromYaml (include "mc.secretsOf" .) }}
  {{- include "mc.secretVar" $variable | nindent 2 }}
  {{- end }}
  {{- with .config.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .config.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- with .port }}
  - {name: http, containerPort: {{ . }}}
  {{- end }}
  - {name: management, containerPort: {{ .managementPort }}}
{{ include "mc.probes" . }}
resources:
  {{- toYaml .config.resources | nindent 2 }}
securityContext:
  {{- toYaml .config.securityContext | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /run/secrets/mission-control, readOnly: true}
  {{- if .root.Values.caCertificates.configMap }}
  - {name: ca, mountPath: /etc/mission-control/ca, readOnly: true}
  {{- end }}
  {{- with .config.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* A stop takes the delay, then at most 8 s. The rest is a margin for a busy node. */}}
{{- define "mc.gracePeriod" -}}
{{- add (int (.config.shutdownDelaySeconds | default 0)) 15 -}}
{{- end -}}

{{- define "mc.pod" -}}
metadata:
  labels:
    {{- include "mc.labels" . | nindent 4 }}
    mission-control/workload: {{ .workload }}
    {{- with .config.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .config.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "mc.serviceAccountName" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml .config.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ include "mc.gracePeriod" . }}
  {{- with .config.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .config.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- with .config.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .config.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  affinity:
    {{- if .config.affinity }}
    {{- toYaml .config.affinity | nindent 4 }}
    {{- else }}
    {{- include "mc.affinity" . | nindent 4 }}
    {{- end }}
  topologySpreadConstraints:
    {{- include "mc.spread" . | trim | nindent 4 }}
  {{- with .config.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - {{ include "mc.container" . | nindent 6 | trim }}
    {{- with .config.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "mc.volumes" . | nindent 4 }}
{{- end -}}
