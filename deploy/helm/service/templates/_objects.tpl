{{- define "service.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "service.metadata" (list . "config" "") | nindent 2 }}
data:
  {{- include "service.config" . | nindent 2 }}
{{- end -}}

{{/* Headless: callers see every pod and balance over them (dns:///, round_robin). */}}
{{- define "service.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "service.metadata" (list . "serve" "") | nindent 2 }}
spec:
  clusterIP: None
  ports:
    - {name: grpc, port: {{ .Values.service.port }}, targetPort: grpc, appProtocol: kubernetes.io/h2c}
  selector:
    {{- include "service.selector" (list . "serve") | nindent 4 }}
{{- end -}}

{{- define "service.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "service.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service.labels" (list . "account") | nindent 4 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}

{{/* Takes (list context component). */}}
{{- define "service.podDisruptionBudget" -}}
{{- $context := index . 0 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "service.metadata" (list $context (index . 1) (printf "-%s" (index . 1))) | nindent 2 }}
spec:
  maxUnavailable: {{ $context.Values.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready serves nobody: it must not hold up the drain of a node.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "service.selector" . | nindent 6 }}
{{- end -}}
