{{- define "service.kafka.brokers" -}}
{{- if eq .Values.global.kafka.mode "embedded" -}}
{{ .Release.Name }}-kafka:9092
{{- else if eq .Values.global.kafka.mode "strimzi" -}}
{{ .Values.global.kafka.strimzi.cluster }}-kafka-bootstrap:9093
{{- else -}}
{{ required "global.kafka.brokers: an external Kafka needs its host:port" .Values.global.kafka.brokers }}
{{- end -}}
{{- end -}}

{{/* Secret with the authority of the brokers' certificates; empty: no TLS. */}}
{{- define "service.kafka.caSecret" -}}
{{- if eq .Values.global.kafka.mode "strimzi" }}{{ .Values.global.kafka.strimzi.cluster }}-cluster-ca-cert
{{- else if eq .Values.global.kafka.mode "external" }}{{ .Values.global.kafka.tls.caSecret }}{{ end -}}
{{- end -}}

{{/* How users show who they are; empty: there are none. */}}
{{- define "service.kafka.mechanism" -}}
{{- if eq .Values.global.kafka.mode "strimzi" }}SCRAM-SHA-512
{{- else if eq .Values.global.kafka.mode "external" }}{{ .Values.global.kafka.sasl.mechanism }}{{ end -}}
{{- end -}}

{{/* Secret of the service's Kafka user; Strimzi makes one that is called like the user, with a password alone. */}}
{{- define "service.kafka.userSecret" -}}
{{- if eq .Values.global.kafka.mode "strimzi" -}}
{{ include "service.fullname" . }}
{{- else -}}
{{ required (printf "%s: kafka.existingSecret: with global.kafka.sasl every service needs the secret of its Kafka user" .Chart.Name) .Values.kafka.existingSecret }}
{{- end -}}
{{- end -}}

{{/* URL of the event log; TLS and SASL are named by the files that the secrets are mounted as. */}}
{{- define "service.kafka.url" -}}
{{- $options := list -}}
{{- if include "service.kafka.caSecret" . }}{{ $options = append $options (printf "tls_ca=/etc/hearthline/kafka-tls/%s" .Values.global.kafka.tls.caKey) }}{{ end -}}
{{- with include "service.kafka.mechanism" . -}}
{{- $options = concat $options (list (printf "sasl_mechanism=%s" .) "sasl_credentials=/etc/hearthline/kafka-user") -}}
{{- end -}}
{{- if eq .Values.global.kafka.mode "strimzi" }}{{ $options = append $options (printf "sasl_username=%s" (include "service.fullname" .)) }}{{ end -}}
kafka://{{ include "service.kafka.brokers" . }}{{ if $options }}?{{ join "&" $options }}{{ end }}
{{- end -}}

{{- define "service.postgresql.host" -}}
{{- if eq .Values.global.postgresql.mode "embedded" -}}
{{ .Release.Name }}-postgresql
{{- else if eq .Values.global.postgresql.mode "cnpg" -}}
{{ .Release.Name }}-postgresql-rw
{{- else -}}
{{ required "global.postgresql.host: an external PostgreSQL needs its host" .Values.global.postgresql.host }}
{{- end -}}
{{- end -}}

{{/* Secret with the authority of the database's certificate, empty where there is none to check. */}}
{{- define "service.postgresql.caSecret" -}}
{{- if eq .Values.global.postgresql.mode "cnpg" }}{{ .Release.Name }}-postgresql-ca
{{- else if eq .Values.global.postgresql.mode "external" }}{{ .Values.global.postgresql.caSecret }}{{ end -}}
{{- end -}}

{{/* Where the database role's password is. */}}
{{- define "service.postgresql.secret" -}}
{{- if .Values.database.existingSecret -}}
{{ .Values.database.existingSecret }}
{{- else if eq .Values.global.postgresql.mode "embedded" -}}
{{ .Release.Name }}-postgresql
{{- else -}}
{{ fail (printf "%s: database.existingSecret: PostgreSQL outside of this chart needs the secret with the role's password" .Chart.Name) }}
{{- end -}}
{{- end -}}

{{/* Secret with the keys of personal data; empty: those that everybody knows, which production refuses. */}}
{{- define "service.keyringSecret" -}}
{{- $secret := .Values.keyring.existingSecret | default .Values.global.keyring.existingSecret -}}
{{- if and (not $secret) (eq .Values.global.environment "production") -}}
{{ fail (printf "%s: global.keyring.existingSecret: production needs the secret with the keys of personal data" .Chart.Name) }}
{{- end -}}
{{ $secret }}
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
HEARTHLINE_CERTIFICATE_NAMES: {{ printf "%s-{account}-tls" .Release.Name | quote }}
{{- end }}
{{- if $global.auth.trustCallers }}
HEARTHLINE_TRUST_CALLERS: "true"
{{- else if or $global.auth.jwksUrl $global.auth.jwksSecret }}
HEARTHLINE_TOKEN_ISSUER: {{ $global.auth.issuer | quote }}
HEARTHLINE_TOKEN_AUDIENCE: {{ $global.auth.audience | quote }}
HEARTHLINE_JWKS: {{ $global.auth.jwksUrl | default (printf "/etc/hearthline/jwks/%s" $global.auth.jwksKey) | quote }}
{{- end }}
{{- if include "service.keyringSecret" . }}
HEARTHLINE_KEYRING: /etc/hearthline/keyring/{{ $global.keyring.key }}
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
{{- if ne $global.postgresql.mode "embedded" }}
PGSSLMODE: {{ $global.postgresql.sslMode | quote }}
{{- if include "service.postgresql.caSecret" . }}
PGSSLROOTCERT: /etc/hearthline/postgresql-tls/{{ $global.postgresql.caKey }}
{{- end }}
{{- end }}
{{- if $global.metrics.enabled }}
HEARTHLINE_METRICS_LISTEN: {{ printf "0.0.0.0:%v" $global.metrics.port | quote }}
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
{{- if and $global.auth.jwksSecret (not $global.auth.jwksUrl) }}
jwks: {{ $global.auth.jwksSecret }}
{{- end }}
{{- with include "service.keyringSecret" . }}
keyring: {{ . }}
{{- end }}
{{- with include "service.kafka.caSecret" . }}
kafka-tls: {{ . }}
{{- end }}
{{- if include "service.kafka.mechanism" . }}
kafka-user: {{ include "service.kafka.userSecret" . }}
{{- end }}
{{- with include "service.postgresql.caSecret" . }}
postgresql-tls: {{ . }}
{{- end }}
{{- end -}}
