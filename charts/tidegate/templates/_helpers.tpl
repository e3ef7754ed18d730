{{/* Name of the chart in labels. */}}
{{- define "tidegate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of every name. At most 40 characters, so that suffixes and pod hashes fit into 63. */}}
{{- define "tidegate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "tidegate.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "tidegate.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of a cluster-scoped object of this release: a namespace holds no dot, so two releases never collide. */}}
{{- define "tidegate.clusterName" -}}
{{- printf "%s-%s.%s" (include "tidegate.fullname" .root) .component .root.Release.Namespace -}}
{{- end -}}

{{/* What Deployments and Services select by. */}}
{{- define "tidegate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tidegate.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object; `component` may be absent. */}}
{{- define "tidegate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ include "tidegate.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: tidegate
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The `annotations:` of an object's metadata, on lines of their own: common ones and `extra`, or nothing. */}}
{{- define "tidegate.annotations" -}}
{{- with merge (deepCopy (.extra | default dict)) .root.Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "tidegate.serviceAccountName" -}}
{{- $values := index .root.Values .component "serviceAccount" -}}
{{- if $values.create -}}
{{- default (printf "%s-%s" (include "tidegate.fullname" .root) .component) $values.name -}}
{{- else -}}
{{- default "default" $values.name -}}
{{- end -}}
{{- end -}}

{{- define "tidegate.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The Secret of the routing table's index; shards have -1 to -7 behind it. */}}
{{- define "tidegate.tableSecret" -}}
{{ include "tidegate.fullname" . }}-table
{{- end -}}

{{/* Names of the Secrets that a table may take beside its index, as a JSON list. */}}
{{- define "tidegate.tablePartNames" -}}
{{- $name := include "tidegate.tableSecret" . -}}
{{- $names := list -}}
{{- range $shard := untilStep 1 8 1 -}}
{{- $names = append $names (printf "%s-%d" $name $shard) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* Names of all Secrets that a table may take, as a JSON list. */}}
{{- define "tidegate.tableSecretNames" -}}
{{- prepend (include "tidegate.tablePartNames" . | fromJsonArray) (include "tidegate.tableSecret" .) | toJson -}}
{{- end -}}

{{/* Own, List or All. */}}
{{- define "tidegate.watchMode" -}}
{{- if has "*" .Values.config.watchNamespaces -}}All
{{- else if .Values.config.watchNamespaces -}}List
{{- else -}}Own
{{- end -}}
{{- end -}}

{{/* The configuration file. Empty strings mean "the product's default" and are left out. */}}
{{- define "tidegate.configuration" -}}
{{- $config := deepCopy .Values.config -}}
{{- range $key := list "publicURL" "defaultNamespace" "limits" "upstream" -}}
{{- if empty (index $config $key) -}}{{- $_ := unset $config $key -}}{{- end -}}
{{- end -}}
{{- if empty $config.authentication.x509 -}}{{- $_ := unset $config.authentication "x509" -}}
{{- else if not .Values.proxy.tls.secretName -}}
{{- fail "config.authentication.x509: client certificates need TLS: set proxy.tls.secretName" -}}
{{- end -}}
{{- if .Values.proxy.tls.secretName -}}
{{- $files := dict "certFile" "/etc/tidegate-tls/tls.crt" "privateKeyFile" "/etc/tidegate-tls/tls.key" -}}
{{- $_ := set $config "tls" (set $files "minVersion" .Values.proxy.tls.minVersion) -}}
{{- end -}}
{{- if .Values.prices -}}
{{- $_ := set $config "prices" (dict "file" "/etc/tidegate-prices/prices.yaml") -}}
{{- end -}}
apiVersion: config.tidegate.io/v1alpha1
kind: TidegateConfiguration
{{ toYaml $config }}
{{- end -}}

{{/* What of the configuration is read only when a process starts. Which client certificates are asked for is, too. */}}
{{- define "tidegate.configurationAtStart" -}}
{{- $config := include "tidegate.configuration" . | fromYaml -}}
{{- $clientCA := dig "authentication" "x509" "clientCAFile" "" $config -}}
{{- omit $config "authentication" "authorization" | toJson }}{{ $clientCA }}
{{- end -}}

{{/* What the main listener speaks. */}}
{{- define "tidegate.scheme" -}}
{{ ternary "https" "http" (not (empty .Values.proxy.tls.secretName)) }}
{{- end -}}

{{/* Topology spread of a component, each constraint with the component's selector unless it has one. */}}
{{- define "tidegate.topologySpread" -}}
{{- $selector := dict "labelSelector" (dict "matchLabels" (include "tidegate.selectorLabels" . | fromYaml)) -}}
{{- range (index .root.Values .component "topologySpreadConstraints") }}
- {{ toYaml (merge (deepCopy .) $selector) | nindent 2 | trim }}
{{- end }}
{{- end -}}

{{/* Restricted pod security, as the standard of that name asks. */}}
{{- define "tidegate.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tidegate.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Metadata of a pod template. What of a changed configuration cannot be taken over by a running process rolls the pods. */}}
{{- define "tidegate.podMetadata" -}}
{{- $values := index .root.Values .component -}}
labels:
  {{- include "tidegate.labels" . | nindent 2 }}
  {{- with $values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  checksum/config: {{ include "tidegate.configurationAtStart" .root | sha256sum }}
  kubectl.kubernetes.io/default-container: {{ .component }}
  {{- with merge (deepCopy $values.podAnnotations) .root.Values.commonAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What the pods of both components have in common. */}}
{{- define "tidegate.podCommon" -}}
{{- $values := index .root.Values .component -}}
serviceAccountName: {{ include "tidegate.serviceAccountName" . }}
automountServiceAccountToken: true
enableServiceLinks: false
securityContext:
  {{- include "tidegate.podSecurityContext" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
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
{{- if $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- include "tidegate.topologySpread" . | trim | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Who the pod is. */}}
{{- define "tidegate.podEnv" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: POD_UID
  valueFrom: {fieldRef: {fieldPath: metadata.uid}}
{{- with (index .root.Values .component "extraEnv") }}
{{ toYaml . }}
{{- end }}
{{- end -}}
