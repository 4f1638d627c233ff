{{/*
The rules of one objective of observability/slos.yaml: what share was bad over several windows, and alerts when the
budget of 30 days burns too fast, which both a long and a short window must say. Takes (list runbooks slo).
*/}}
{{- define "hearthline.slo" -}}
{{- $slo := index . 1 -}}
{{- $budget := subf 1 $slo.objective -}}
{{- $selector := printf "{slo=%q}" $slo.name -}}
{{- range $window := list "5m" "30m" "1h" "2h" "6h" "1d" "3d" }}
- record: hearthline:slo_errors_per_event:ratio_rate{{ $window }}
  labels: {slo: {{ $slo.name }}}
  expr: >-
    {{- $all := $slo.all | trim | replace "WINDOW" $window }}
    1 - ({{ $slo.good | trim | replace "WINDOW" $window }} or 0 * {{ $all }}) / {{ $all }}
{{- end }}
{{- $fast := list (list "1h" "5m" 14.4) (list "6h" "30m" 6.0) }}
{{- $slow := list (list "1d" "2h" 3.0) (list "3d" "6h" 1.0) }}
{{- if $slo.pages }}
{{ include "hearthline.slo.alert" (list (index . 0) $slo $budget "Fast" "critical" $fast) }}
{{- end }}
{{ include "hearthline.slo.alert" (list (index . 0) $slo $budget "Slowly" "warning" $slow) }}
{{- end -}}

{{/* Takes (list runbooks slo budget speed severity windows), each window with its short one and the burn rate. */}}
{{- define "hearthline.slo.alert" -}}
{{- $slo := index . 1 -}}
{{- $budget := index . 2 -}}
{{- $burns := list -}}
{{- range index . 5 -}}
  {{- $limit := mulf (index . 2) $budget | printf "%.6g" -}}
  {{- $metric := printf "hearthline:slo_errors_per_event:ratio_rate%%s{slo=%q} > %s" $slo.name $limit -}}
  {{- $burns = append $burns (printf "(%s and %s)" (printf $metric (index . 0)) (printf $metric (index . 1))) -}}
{{- end -}}
{{- $alert := printf "Hearthline%sBurns%s" (title $slo.name) (index . 3) -}}
- alert: {{ $alert }}
  expr: >-
    {{ join " or " $burns }}
  labels: {severity: {{ index . 4 }}, slo: {{ $slo.name }}}
  annotations:
    summary: {{ printf "{{ $labels.job }}: %s" $slo.missed | quote }}
    description: >-
      {{ $slo.promise }} Lately {{ `{{ $value | humanizePercentage }}` }} were not so; at this pace the month's budget is
      used up {{ ternary "within days" "before the month ends" (eq (index . 3) "Fast") }}.
    runbook_url: {{ index . 0 }}#{{ lower $alert }}
{{- end -}}
