{{/* Secret names of the servers' certificates and the hosts that they answer to, as YAML. */}}
{{- define "hearthline.servers" -}}
{{- range list "customers" "workorders" "notifications" "surveys" "complaints" "billing" }}
{{- $name := printf "%s-%s" $.Release.Name . }}
{{ $name }}-tls:
  - {{ $name }}
  - {{ $name }}.{{ $.Release.Namespace }}
  - {{ $name }}.{{ $.Release.Namespace }}.svc
  - localhost
{{- end }}
{{- end -}}

{{/* The pod that keeps the certificates; its token is mounted here and for this alone. */}}
{{- define "hearthline.certificates.pod" -}}
{{- $global := .Values.global -}}
metadata:
  labels:
    {{- include "hearthline.labels" (list . "certificates" "certificates") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  serviceAccountName: {{ .Release.Name }}-certificates
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $global.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- include "hearthline.podSecurity" 10001 | nindent 4 }}
  containers:
    - name: certificates
      image: {{ include "service.image" . | quote }}
      imagePullPolicy: {{ $global.image.pullPolicy }}
      args:
        - hearthline
        - certificates
        - --authority={{ .Release.Name }}-authority
        - --release={{ .Release.Name }}
        - --days={{ $global.tls.days }}
        {{- range $secret, $hosts := include "hearthline.servers" . | fromYaml }}
        - {{ $secret }}={{ join "," $hosts }}
        {{- end }}
        - {{ .Release.Name }}-caller-tls=
        - {{ .Release.Name }}-walk-tls=
      resources:
        {{- toYaml .Values.certificates.resources | nindent 8 }}
      securityContext:
        {{- include "hearthline.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: account, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 16Mi}}
    - name: account
      projected:
        defaultMode: 0440
        sources:
          - serviceAccountToken: {path: token, expirationSeconds: 600}
          - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
          - downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}
{{- end -}}
