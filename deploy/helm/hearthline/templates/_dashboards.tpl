{{/*
A Grafana dashboard out of observability/dashboards. Takes (list title uid rows); a row has a title and panels, a panel a
title, a unit and queries, and if it likes a type, a width of 24 and what it means.
*/}}
{{- define "hearthline.dashboard" -}}
{{- $source := dict "type" "prometheus" "uid" "${datasource}" -}}
{{- $panels := list -}}
{{- $at := dict "x" 0 "y" 0 "high" 0 "id" 1 -}}
{{- range $row := index . 2 -}}
  {{- $head := dict "id" $at.id "type" "row" "title" $row.title "collapsed" false "panels" list -}}
  {{- $panels = append $panels (merge $head (dict "gridPos" (dict "x" 0 "y" (add $at.y $at.high) "w" 24 "h" 1))) -}}
  {{- $at = dict "x" 0 "y" (add $at.y $at.high 1) "high" 0 "id" (add1 $at.id) -}}
  {{- range $panel := $row.panels -}}
    {{- $type := $panel.type | default "timeseries" -}}
    {{- $width := $panel.width | default (ternary 4 8 (eq $type "stat")) | int -}}
    {{- $height := ternary 4 8 (eq $type "stat") -}}
    {{- if gt (add $at.x $width) 24 -}}
      {{- $at = dict "x" 0 "y" (add $at.y $at.high) "high" 0 "id" $at.id -}}
    {{- end -}}
    {{- $targets := list -}}
    {{- range $number, $query := $panel.queries -}}
      {{- $targets = append $targets (dict "refId" (printf "Q%d" $number) "datasource" $source "expr" ($query.expr | trim) "legendFormat" ($query.legend | default "") "instant" (eq $type "stat")) -}}
    {{- end -}}
    {{- $defaults := dict "unit" $panel.unit "min" 0 -}}
    {{- with $panel.thresholds -}}
      {{- $defaults = merge $defaults (dict "color" (dict "mode" "thresholds") "thresholds" (dict "mode" "absolute" "steps" .)) -}}
    {{- end -}}
    {{- $made := dict "id" $at.id "type" $type "title" $panel.title "description" ($panel.description | default "") "datasource" $source "targets" $targets -}}
    {{- $made = merge $made (dict "fieldConfig" (dict "defaults" $defaults "overrides" list) "gridPos" (dict "x" $at.x "y" $at.y "w" $width "h" $height)) -}}
    {{- $panels = append $panels $made -}}
    {{- $at = dict "x" (add $at.x $width) "y" $at.y "high" (max $at.high $height) "id" (add1 $at.id) -}}
  {{- end -}}
{{- end -}}
{{- $namespaces := dict "name" "namespace" "label" "Namespace" "type" "query" "datasource" $source "query" "label_values(db_client_connection_max, namespace)" "refresh" 2 "includeAll" true "allValue" ".*" "current" (dict "text" "All" "value" "$__all") -}}
{{- $sources := dict "name" "datasource" "label" "Data source" "type" "datasource" "query" "prometheus" -}}
{{- dict "title" (index . 0) "uid" (index . 1) "tags" (list "hearthline") "timezone" "browser" "schemaVersion" 39 "refresh" "30s" "time" (dict "from" "now-6h" "to" "now") "templating" (dict "list" (list $sources $namespaces)) "panels" $panels | toJson -}}
{{- end -}}

{{/* The ConfigMap of a dashboard. Takes (list context name title rows). */}}
{{- define "hearthline.dashboard.configMap" -}}
{{- $name := index . 1 -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "hearthline.metadata" (list (index . 0) (printf "dashboard-%s" $name) "dashboard") | nindent 2 }}
    grafana_dashboard: "1"
data:
  hearthline-{{ $name }}.json: {{ include "hearthline.dashboard" (list (index . 2) (printf "hearthline-%s" $name) (index . 3)) | quote }}
{{- end -}}
