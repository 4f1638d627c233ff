{{/* Lets the pods of this release in, and nothing out but DNS. Takes (list context name component port). */}}
{{- define "hearthline.ownClients" -}}
{{- $context := index . 0 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "hearthline.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "hearthline.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/part-of: hearthline
              app.kubernetes.io/instance: {{ $context.Release.Name }}
      ports:
        - {port: {{ index . 3 }}, protocol: TCP}
  egress:
    - to:
        {{- include "service.peers" (list "global.networkPolicy.dns" $context.Values.global.networkPolicy.dns) | trim | nindent 8 }}
      ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
{{- end -}}
