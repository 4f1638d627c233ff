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
{{- if include "service.isScaled" (list . "serve") }}
---
{{ include "service.horizontalPodAutoscaler" . }}
{{- end }}
{{- if include "service.isScaled" (list . "work") }}
---
{{ include "service.scaledObject" . }}
{{- end }}
{{- if .Values.networkPolicy.enabled }}
---
{{ include "service.networkPolicy" . }}
{{- end }}
{{- end -}}
