{{/* What has the pods scraped, as far as it is wanted and the cluster knows it. */}}
{{- define "service.metrics" -}}
{{- $metrics := .Values.global.metrics -}}
{{- if and $metrics.serviceMonitor.enabled $metrics.podMonitor.enabled -}}
{{ fail "global.metrics: serviceMonitor or podMonitor, for with both every pod would be scraped twice" }}
{{- end -}}
{{- if and $metrics.enabled (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") }}
{{- if $metrics.serviceMonitor.enabled }}
---
{{ include "service.metrics.service" . }}
---
{{ include "service.metrics.monitor" (list . "ServiceMonitor" "endpoints" "metrics") }}
{{- else if $metrics.podMonitor.enabled }}
---
{{ include "service.metrics.monitor" (list . "PodMonitor" "podMetricsEndpoints" "") }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Headless, over `serve` and `work`, for a ServiceMonitor finds pods by their Service. */}}
{{- define "service.metrics.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "service.metadata" (list . "metrics" "-metrics") | nindent 2 }}
spec:
  clusterIP: None
  # A pod that is not ready has the more to tell.
  publishNotReadyAddresses: true
  ports:
    - {name: metrics, port: {{ .Values.global.metrics.port }}, targetPort: metrics}
  selector:
    {{- include "service.selector" (list . "") | nindent 4 }}
{{- end -}}

{{/* Takes (list context kind endpoints component): the component whose labels are looked for, or none. */}}
{{- define "service.metrics.monitor" -}}
{{- $context := index . 0 -}}
{{- $metrics := $context.Values.global.metrics -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ index . 1 }}
metadata:
  {{- include "service.metadata" (list $context "metrics" "") | nindent 2 }}
    {{- with $metrics.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  namespaceSelector: {matchNames: [{{ $context.Release.Namespace }}]}
  selector:
    matchLabels:
      {{- include "service.selector" (list $context (index . 3)) | nindent 6 }}
  {{ index . 2 }}:
    - port: metrics
      interval: {{ $metrics.interval }}
      relabelings:
        # The same name as metrics have that come through a collector: service.namespace/service.name.
        - {targetLabel: job, replacement: hearthline/{{ $context.Chart.Name }}}
        - {targetLabel: component, sourceLabels: [__meta_kubernetes_pod_label_app_kubernetes_io_component]}
{{- end -}}
