{{/* Name of the service's things in this release: two releases fit in one namespace. */}}
{{- define "service.fullname" -}}
{{- $name := printf "%s-%s" .Release.Name .Chart.Name -}}
{{- if gt (len $name) 50 }}{{ fail (printf "the release's name %q is too long: names of its Jobs would not fit in 63 letters; 36 do" .Release.Name) }}{{ end -}}
{{- $name -}}
{{- end -}}

{{- define "service.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "service.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "service.image" -}}
{{- $image := .Values.global.image -}}
{{- with $image.registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{/* What a selector may name; it never changes. Takes (list context component), the component may be empty. */}}
{{- define "service.selector" -}}
{{- $context := index . 0 -}}
app.kubernetes.io/name: {{ $context.Chart.Name }}
app.kubernetes.io/instance: {{ $context.Release.Name }}
{{- with index . 1 }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Takes (list context component). */}}
{{- define "service.labels" -}}
{{- $context := index . 0 -}}
{{ include "service.selector" . }}
app.kubernetes.io/version: {{ $context.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: hearthline
app.kubernetes.io/managed-by: {{ $context.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $context.Chart.Name $context.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Name and labels of a thing. Takes (list context component suffix). */}}
{{- define "service.metadata" -}}
name: {{ include "service.fullname" (index . 0) }}{{ index . 2 }}
namespace: {{ (index . 0).Release.Namespace }}
labels:
  {{- include "service.labels" (list (index . 0) (index . 1)) | nindent 2 }}
{{- end -}}
