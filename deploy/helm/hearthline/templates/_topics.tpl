{{/* proto/topics.yaml as this chart has it: each topic with its dead letters and its partners' names, a list. */}}
{{- define "hearthline.topics" -}}
{{- $file := .Files.Get "topics.yaml" | fromYaml -}}
{{- $width := .Values.global.kafka.partitions | int -}}
{{- range $entry := $file.topics }}
{{- range $bank := contains "{bank}" $entry.name | ternary (splitList "," $.Values.global.banks) (list "") }}
- name: {{ $entry.name | replace "{bank}" $bank }}
  bank: {{ $bank | quote }}
  producer: {{ $entry.producer }}
  consumers: {{ $entry.consumers | toJson }}
  deadLetters: {{ ne (toString $entry.dead_letters) "false" }}
  partitions: {{ or $width ($entry.partitions | default $file.defaults.partitions) | int }}
  days: {{ $entry.retention_days | default $file.defaults.retention_days | int }}
  compacted: {{ $entry.compacted | default false }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What each user may do on which topic, a list of "user verb topic"; libs/servicekit/eventlog/access.py says the same. */}}
{{- define "hearthline.rights" -}}
{{- range $topic := include "hearthline.topics" . | fromYamlArray }}
{{- $bankUser := printf "bank-%s" $topic.bank }}
- {{ eq $topic.producer "bank" | ternary $bankUser $topic.producer }} Write {{ $topic.name }}
{{- range $consumer := $topic.consumers }}
{{- $user := eq $consumer "bank" | ternary $bankUser $consumer }}
- {{ $user }} Read {{ $topic.name }}
{{- if and $topic.deadLetters (ne $consumer "bank") }}
- {{ $user }} Read {{ $topic.name }}.dlq
- {{ $user }} Write {{ $topic.name }}.dlq
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
