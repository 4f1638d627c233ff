{{- define "service.kafka.brokers" -}}
{{- if eq .Values.global.kafka.mode "embedded" -}}
{{ .Release.Name }}-kafka:9092
{{- else -}}
{{ required "global.kafka.brokers: an external Kafka needs its host:port" .Values.global.kafka.brokers }}
{{- end -}}
{{- end -}}

{{/* URL of the event log; TLS and SASL are named by the files that the secrets are mounted as. */}}
{{- define "service.kafka.url" -}}
{{- $kafka := .Values.global.kafka -}}
{{- $options := list -}}
{{- if $kafka.tls.caSecret }}{{ $options = append $options (printf "tls_ca=/etc/hearthline/kafka-tls/%s" $kafka.tls.caKey) }}{{ end -}}
{{- if $kafka.sasl.mechanism -}}
{{- $options = append $options (printf "sasl_mechanism=%s" $kafka.sasl.mechanism) -}}
{{- $options = append $options "sasl_credentials=/etc/hearthline/kafka-user" -}}
{{- end -}}
kafka://{{ include "service.kafka.brokers" . }}{{ if $options }}?{{ join "&" $options }}{{ end }}
{{- end -}}

{{- define "service.postgresql.host" -}}
{{- if eq .Values.global.postgresql.mode "embedded" -}}
{{ .Release.Name }}-postgresql
{{- else -}}
{{ required "global.postgresql.host: an external PostgreSQL needs its host" .Values.global.postgresql.host }}
{{- end -}}
{{- end -}}

{{/* Where the database role's password is. */}}
{{- define "service.postgresql.secret" -}}
{{- if .Values.database.existingSecret -}}
{{ .Values.database.existingSecret }}
{{- else if eq .Values.global.postgresql.mode "embedded" -}}
{{ .Release.Name }}-postgresql
{{- else -}}
{{ fail (printf "%s: database.existingSecret: an external PostgreSQL needs the secret with the role's password" .Chart.Name) }}
{{- end -}}
{{- end -}}

{{/* Everything that is no secret, as environment variables. */}}
{{- define "service.config" -}}
{{- $global := .Values.global -}}
HEARTHLINE_LISTEN: {{ printf "0.0.0.0:%v" .Values.service.port | quote }}
HEARTHLINE_HEALTH_LISTEN: {{ printf "0.0.0.0:%v" .Values.service.healthPort | quote }}
{{- if $global.tls.enabled }}
HEARTHLINE_TLS_CERTIFICATE: /etc/hearthline/tls/tls.crt
HEARTHLINE_TLS_KEY: /etc/hearthline/tls/tls.key
HEARTHLINE_TLS_CLIENT_CA: /etc/hearthline/tls/ca.crt
{{- end }}
HEARTHLINE_EVENTLOG_URL: {{ include "service.kafka.url" . | quote }}
HEARTHLINE_ENVIRONMENT: {{ $global.environment | quote }}
HEARTHLINE_VERSION: {{ .Chart.AppVersion | quote }}
HEARTHLINE_TIME_ZONE: {{ $global.timeZone | quote }}
HEARTHLINE_BANKS: {{ $global.banks | quote }}
HEARTHLINE_LOG_LEVEL: {{ $global.logLevel | quote }}
HEARTHLINE_LOG_JSON: "true"
PGHOST: {{ include "service.postgresql.host" . | quote }}
PGPORT: {{ $global.postgresql.port | quote }}
PGDATABASE: {{ .Values.database.name | default .Chart.Name | quote }}
PGUSER: {{ .Values.database.user | default .Chart.Name | quote }}
{{- if eq $global.postgresql.mode "external" }}
PGSSLMODE: {{ $global.postgresql.sslMode | quote }}
{{- with $global.postgresql.caSecret }}
PGSSLROOTCERT: /etc/hearthline/postgresql-tls/{{ $global.postgresql.caKey }}
{{- end }}
{{- end }}
{{- with $global.otlpEndpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- range $name, $value := .Values.config }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "service.env" -}}
envFrom:
  - configMapRef: {name: {{ include "service.fullname" . }}}
  {{- with .Values.existingSecret }}
  - secretRef: {name: {{ . }}}
  {{- end }}
env:
  - name: PGPASSWORD
    valueFrom:
      secretKeyRef: {name: {{ include "service.postgresql.secret" . }}, key: {{ .Values.database.passwordKey }}}
  {{- range $name, $value := .Values.extraEnv }}
  - name: {{ $name }}
    {{- if kindIs "map" $value }}
    {{- toYaml $value | nindent 4 }}
    {{- else }}
    value: {{ $value | quote }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* Secrets that are files, by the name of their folder; a map, so that mounts and volumes cannot differ. */}}
{{- define "service.secretFiles" -}}
{{- $global := .Values.global -}}
{{- if $global.tls.enabled }}
tls: {{ include "service.fullname" . }}-tls
{{- end }}
{{- with $global.kafka.tls.caSecret }}
kafka-tls: {{ . }}
{{- end }}
{{- if $global.kafka.sasl.mechanism }}
kafka-user: {{ required (printf "%s: kafka.existingSecret: with global.kafka.sasl every service needs the secret of its Kafka user" .Chart.Name) .Values.kafka.existingSecret }}
{{- end }}
{{- if eq $global.postgresql.mode "external" }}
{{- with $global.postgresql.caSecret }}
postgresql-tls: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
