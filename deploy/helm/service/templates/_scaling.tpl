{{/* How many pods may share the work: a partition has one reader in a group, so more than those would idle. */}}
{{- define "service.mostPods" -}}
{{- $context := index . 0 -}}
{{- $most := (index $context.Values (index . 1)).autoscaling.maxReplicas | int -}}
{{- if eq (index . 1) "work" -}}
{{- $most = min $most ($context.Values.global.kafka.partitions | default 12 | int) -}}
{{- end -}}
{{ $most }}
{{- end -}}

{{/* Slow to go down; and `work` slow in both, for each change of its number rebalances the groups. */}}
{{- define "service.behavior" -}}
scaleUp:
  stabilizationWindowSeconds: {{ eq . "work" | ternary 120 0 }}
  policies: [{type: Pods, value: 2, periodSeconds: {{ eq . "work" | ternary 120 30 }}}]
scaleDown:
  stabilizationWindowSeconds: {{ eq . "work" | ternary 900 300 }}
  policies: [{type: Pods, value: 1, periodSeconds: {{ eq . "work" | ternary 300 60 }}}]
{{- end -}}

{{/* Scales a Deployment on CPU. Takes (list context component). */}}
{{- define "service.horizontalPodAutoscaler" -}}
{{- $context := index . 0 -}}
{{- $component := index . 1 -}}
{{- $autoscaling := (index $context.Values $component).autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "service.metadata" (list $context $component (printf "-%s" $component)) | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "service.fullname" $context }}-{{ $component }}}
  minReplicas: {{ min $autoscaling.minReplicas (include "service.mostPods" . | int) }}
  maxReplicas: {{ include "service.mostPods" . }}
  behavior:
    {{- include "service.behavior" $component | nindent 4 }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ $autoscaling.targetCPU }}}
{{- end -}}

{{/* Scales `work` on the lag of its consumers; every pod is a member of the service's groups. */}}
{{- define "service.scaledObject" -}}
{{- $mechanism := include "service.kafka.mechanism" . -}}
{{- $brokers := include "service.kafka.brokers" . -}}
{{- if ne .Values.global.kafka.mode "external" }}{{ $brokers = $brokers | replace ":" (printf ".%s.svc:" .Release.Namespace) }}{{ end -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "service.metadata" (list . "work" "-work") | nindent 2 }}
spec:
  scaleTargetRef: {name: {{ include "service.fullname" . }}-work}
  minReplicaCount: {{ min .Values.work.autoscaling.minReplicas (include "service.mostPods" (list . "work") | int) }}
  maxReplicaCount: {{ include "service.mostPods" (list . "work") }}
  # Long windows: short ones would flap.
  pollingInterval: 30
  cooldownPeriod: 900
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "service.behavior" "work" | nindent 8 }}
  triggers:
    {{- range $group, $topics := .Values.work.consumers }}
    {{- range $topic := $topics }}
    - type: kafka
      metadata:
        # KEDA asks from its own namespace.
        bootstrapServers: {{ $brokers | quote }}
        consumerGroup: {{ $group | quote }}
        topic: {{ $topic | quote }}
        lagThreshold: {{ $.Values.work.autoscaling.lagThreshold | quote }}
        limitToPartitionsWithLag: "true"
        {{- with $mechanism }}
        sasl: {{ . | lower | replace "-" "_" | replace "sha_" "sha" }}
        {{- end }}
        {{- if include "service.kafka.caSecret" $ }}
        tls: enable
        {{- end }}
      {{- if include "service.isSecured" $ }}
      authenticationRef: {name: {{ include "service.fullname" $ }}-work}
      {{- end }}
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "service.isSecured" -}}
{{- if or (include "service.kafka.mechanism" .) (include "service.kafka.caSecret" .) }}true{{ end -}}
{{- end -}}

{{/* As whom the scaler asks the brokers for the lag: as the service itself, by the secrets that it has. */}}
{{- define "service.triggerAuthentication" -}}
{{- $isStrimzi := eq .Values.global.kafka.mode "strimzi" -}}
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  {{- include "service.metadata" (list . "work" "-work") | nindent 2 }}
spec:
  secretTargetRef:
    {{- if include "service.kafka.mechanism" . }}
    {{- range $key := $isStrimzi | ternary (list "password") (list "username" "password") }}
    - {parameter: {{ $key }}, name: {{ include "service.kafka.userSecret" $ }}, key: {{ $key }}}
    {{- end }}
    {{- end }}
    {{- with include "service.kafka.caSecret" . }}
    - {parameter: ca, name: {{ . }}, key: {{ $.Values.global.kafka.tls.caKey }}}
    {{- end }}
  {{- if $isStrimzi }}
  configMapTargetRef:
    - {parameter: username, name: {{ include "service.fullname" . }}-work, key: username}
---
# Strimzi's secret of a user does not say who it is.
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "service.metadata" (list . "work" "-work") | nindent 2 }}
data:
  username: {{ include "service.fullname" . | quote }}
  {{- end }}
{{- end -}}
