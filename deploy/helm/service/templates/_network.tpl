{{/* A list of peers out of a map by name; an edge that is needed must have one. Takes (list key map). */}}
{{- define "service.peers" -}}
{{- $peers := index . 1 -}}
{{- if not $peers }}{{ fail (printf "%s: name at least one peer, or set networkPolicy.enabled to false" (index . 0)) }}{{ end -}}
{{- range $_, $peer := $peers }}
- {{ toJson $peer }}
{{- end }}
{{- end -}}

{{- define "service.kafka.peers" -}}
{{- if eq .Values.global.kafka.mode "embedded" }}
- podSelector: {matchLabels: {app.kubernetes.io/name: kafka, app.kubernetes.io/instance: {{ .Release.Name }}}}
{{- else if eq .Values.global.kafka.mode "strimzi" }}
- podSelector: {matchLabels: {strimzi.io/cluster: {{ .Values.global.kafka.strimzi.cluster }}, strimzi.io/name: {{ .Values.global.kafka.strimzi.cluster }}-kafka}}
{{- else }}
{{- include "service.peers" (list "global.networkPolicy.kafka" .Values.global.networkPolicy.kafka) }}
{{- end }}
{{- end -}}

{{- define "service.kafka.ports" -}}
{{- $ports := list -}}
{{- range include "service.kafka.brokers" . | splitList "," }}{{ $ports = append $ports (splitList ":" . | last) }}{{ end -}}
{{- range uniq $ports }}
- {port: {{ . }}, protocol: TCP}
{{- end }}
{{- end -}}

{{/* Nothing in or out but the edges: callers, DNS, the database, the event log, the collector, and what the service names. */}}
{{- define "service.networkPolicy" -}}
{{- $global := .Values.global -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "service.metadata" (list . "network" "") | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "service.selector" (list . "") | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        {{- include "service.peers" (list "networkPolicy.clients" .Values.networkPolicy.clients) | trim | nindent 8 }}
      ports:
        - {port: {{ .Values.service.port }}, protocol: TCP}
    {{- if $global.metrics.enabled }}
    - from:
        {{- include "service.peers" (list "global.networkPolicy.metrics" $global.networkPolicy.metrics) | trim | nindent 8 }}
      ports:
        - {port: {{ $global.metrics.port }}, protocol: TCP}
    {{- end }}
  egress:
    - to:
        {{- include "service.peers" (list "global.networkPolicy.dns" $global.networkPolicy.dns) | trim | nindent 8 }}
      ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
    - to:
        {{- if eq $global.postgresql.mode "embedded" }}
        - podSelector: {matchLabels: {app.kubernetes.io/name: postgresql, app.kubernetes.io/instance: {{ .Release.Name }}}}
        {{- else if eq $global.postgresql.mode "cnpg" }}
        - podSelector: {matchLabels: {cnpg.io/cluster: {{ .Release.Name }}-postgresql}}
        {{- else }}
        {{- include "service.peers" (list "global.networkPolicy.postgresql" $global.networkPolicy.postgresql) | trim | nindent 8 }}
        {{- end }}
      ports:
        - {port: {{ $global.postgresql.port }}, protocol: TCP}
    - to:
        {{- include "service.kafka.peers" . | trim | nindent 8 }}
      ports:
        {{- include "service.kafka.ports" . | trim | nindent 8 }}
    {{- if $global.otlpEndpoint }}
    - to:
        {{- include "service.peers" (list "global.networkPolicy.otlp" $global.networkPolicy.otlp) | trim | nindent 8 }}
      ports:
        - {port: {{ (urlParse $global.otlpEndpoint).host | splitList ":" | last }}, protocol: TCP}
    {{- end }}
    {{- with $global.auth.jwksUrl }}
    - to:
        {{- include "service.peers" (list "global.networkPolicy.identity" $global.networkPolicy.identity) | trim | nindent 8 }}
      ports:
        - {port: {{ regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default 443 }}, protocol: TCP}
    {{- end }}
    {{- range $_, $edge := .Values.networkPolicy.egress }}
    - to:
        - {{ toJson $edge.to }}
      ports:
        - {port: {{ $edge.port }}, protocol: TCP}
    {{- end }}
{{- end -}}
