{{/* Everything that a service is made of in a cluster; a service's chart includes this and nothing else. */}}
{{- define "service.all" -}}
{{- if .Values.serviceAccount.create }}
---
{{ include "service.serviceAccount" . }}
{{- end }}
---
{{ include "service.configMap" . }}
---
{{ include "service.migration" . }}
---
{{ include "service.service" . }}
{{- range $component := list "serve" "work" }}
---
{{ include "service.deployment" (list $ $component) }}
{{- if $.Values.podDisruptionBudget.enabled }}
---
{{ include "service.podDisruptionBudget" (list $ $component) }}
{{- end }}
{{- end }}
{{- if .Values.serve.autoscaling.enabled }}
---
{{ include "service.horizontalPodAutoscaler" (list . "serve") }}
{{- end }}
{{- if not .Values.work.autoscaling.enabled }}
{{- else if .Capabilities.APIVersions.Has "keda.sh/v1alpha1" }}
---
{{ include "service.scaledObject" . }}
{{- if include "service.isSecured" . }}
---
{{ include "service.triggerAuthentication" . }}
{{- end }}
{{- else }}
---
{{ include "service.horizontalPodAutoscaler" (list . "work") }}
{{- end }}
{{- include "service.metrics" . }}
{{- if .Values.networkPolicy.enabled }}
---
{{ include "service.networkPolicy" . }}
{{- end }}
{{- end -}}
