{{/* What every container of a service shares. Takes (list context arguments resources). */}}
{{- define "service.container" -}}
{{- $context := index . 0 -}}
image: {{ include "service.image" $context | quote }}
imagePullPolicy: {{ $context.Values.global.image.pullPolicy }}
args: {{ index . 1 | toJson }}
{{ include "service.env" $context }}
resources:
  {{- toYaml (index . 2) | nindent 2 }}
securityContext:
  {{- toYaml $context.Values.securityContext | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- range $name, $_ := include "service.secretFiles" $context | fromYaml }}
  - {name: {{ $name }}, mountPath: /etc/hearthline/{{ $name }}, readOnly: true}
  {{- end }}
  {{- range $name, $volume := $context.Values.extraVolumes }}
  - {name: {{ $name }}, mountPath: {{ $volume.mountPath }}, readOnly: true}
  {{- end }}
{{- end -}}

{{/* What every pod of a service shares. Takes (list context component). */}}
{{- define "service.pod" -}}
{{- $context := index . 0 -}}
{{- $values := $context.Values -}}
serviceAccountName: {{ include "service.serviceAccountName" $context }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $values.global.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml $values.podSecurityContext | nindent 2 }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- range $name, $secret := include "service.secretFiles" $context | fromYaml }}
  - name: {{ $name }}
    secret: {secretName: {{ $secret }}, defaultMode: 0440}
  {{- end }}
  {{- range $name, $volume := $values.extraVolumes }}
  - name: {{ $name }}
    {{- toYaml $volume.source | nindent 4 }}
  {{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "service.spread" -}}
{{- $context := index . 0 -}}
topologySpreadConstraints:
{{- if $context.Values.topologySpreadConstraints }}
  {{- toYaml $context.Values.topologySpreadConstraints | nindent 2 }}
{{- else }}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ $key }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "service.selector" $ | nindent 8 }}
{{- end }}
{{- end }}
{{- end -}}
