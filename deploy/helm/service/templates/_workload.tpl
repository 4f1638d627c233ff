{{/* A Deployment. Takes (list context component); the component is `serve` or `work`, as on the command line. */}}
{{- define "service.deployment" -}}
{{- $context := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index $context.Values $component -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "service.metadata" (list $context $component (printf "-%s" $component)) | nindent 2 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicaCount }}
  {{- end }}
  revisionHistoryLimit: 3
  # A new pod is ready before an old one goes.
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "service.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "service.labels" . | nindent 8 }}
      annotations:
        checksum/config: {{ include "service.config" $context | sha256sum }}
        {{- with $context.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "service.pod" . | nindent 6 }}
      {{- include "service.spread" . | nindent 6 }}
      # Longer than preStop, the drain (HEARTHLINE_DRAIN_SECONDS, 10) and the last batch of each loop together.
      terminationGracePeriodSeconds: 60
      initContainers:
        - name: wait-for-schema
          {{- include "service.container" (list $context (list $context.Chart.Name "migrate" "--wait" "600") $context.Values.migrate.resources) | nindent 10 }}
      containers:
        - name: {{ $component }}
          {{- include "service.container" (list $context (list $context.Chart.Name $component) $values.resources) | nindent 10 }}
          {{- include "service.probes" . | nindent 10 }}
{{- end -}}

{{/* Ports and probes. Takes (list context component). */}}
{{- define "service.probes" -}}
{{- $context := index . 0 -}}
{{- $port := $context.Values.service.healthPort -}}
ports:
  {{- if eq (index . 1) "serve" }}
  - {name: grpc, containerPort: {{ $context.Values.service.port }}}
  {{- end }}
  - {name: health, containerPort: {{ $port }}}
  {{- if $context.Values.global.metrics.enabled }}
  - {name: metrics, containerPort: {{ $context.Values.global.metrics.port }}}
  {{- end }}
# A start takes two seconds on an idle core, and longer when a node starts everything at once.
startupProbe:
  grpc: {port: {{ $port }}, service: liveness}
  periodSeconds: 1
  failureThreshold: 120
# Whether it can serve or work: its database answers, and it is not draining.
readinessProbe:
  grpc: {port: {{ $port }}, service: readiness}
  periodSeconds: 5
  failureThreshold: 2
# Whether the process moves; a database that is away is no reason to restart.
livenessProbe:
  grpc: {port: {{ $port }}, service: liveness}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- if eq (index . 1) "serve" }}
# Callers learn of the leaving pod before it says no.
lifecycle:
  preStop: {sleep: {seconds: 5}}
{{- end }}
{{- end -}}

{{/* A plain Job, not a hook: a hook would run before an embedded database exists, or deadlock with --wait. */}}
{{- define "service.migration" -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "service.metadata" (list . "migrate" (printf "-migrate-%v" .Release.Revision)) | nindent 2 }}
spec:
  backoffLimit: 6
  template:
    metadata:
      labels:
        {{- include "service.labels" (list . "migrate") | nindent 8 }}
    spec:
      {{- include "service.pod" (list . "migrate") | nindent 6 }}
      restartPolicy: OnFailure
      containers:
        - name: migrate
          {{- include "service.container" (list . (list .Chart.Name "migrate" "--patience" (toString .Values.migrate.patience)) .Values.migrate.resources) | nindent 10 }}
{{- end -}}
