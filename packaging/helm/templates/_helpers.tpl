{{- define "muster.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "muster.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "muster.labels" -}}
{{ include "muster.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* A pod of either mode. Its volume "data" is what the mode makes of it. */}}
{{- define "muster.pod" -}}
metadata:
  labels:
    {{- include "muster.labels" . | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "muster.fullname" . }}
  # it asks nothing of Kubernetes
  automountServiceAccountToken: false
  # Kubernetes would set variables as MUSTER_API_PORT by the names of services, which are the server's own
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    # else each start would let the group read every key in the volume
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  # connections are ended, and what waits is written down
  terminationGracePeriodSeconds: 60
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .Values.mode "cluster" }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "muster.selector" . | nindent 10 }}
  {{- end }}
  containers:
    - name: muster
      image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [start]
      env:
        {{- include "muster.environment" . | nindent 8 }}
      ports:
        - { name: api, containerPort: 9080 }
        - { name: mqtt, containerPort: 8883 }
        - { name: https, containerPort: 8443 }
        {{- if .Values.services.devices.alpn }}
        - { name: alpn, containerPort: 10443 }
        {{- end }}
      # a first start makes keys, one after an upgrade changes the schema: ten minutes
      startupProbe:
        httpGet: { path: /livez, port: api, scheme: HTTPS }
        periodSeconds: 2
        timeoutSeconds: 5
        failureThreshold: 300
      # a restart heals what does not live; an absent database is not of that kind
      livenessProbe:
        httpGet: { path: /livez, port: api, scheme: HTTPS }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: api, scheme: HTTPS }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        {{- if eq .Values.mode "cluster" }}
        - { name: cluster, mountPath: /etc/muster/cluster, readOnly: true }
        {{- end }}
        {{- if .Values.deviceTls.secretName }}
        - { name: device-tls, mountPath: /etc/muster/device-tls, readOnly: true }
        {{- end }}
        {{- if .Values.apiTls.secretName }}
        - { name: api-tls, mountPath: /etc/muster/api-tls, readOnly: true }
        {{- end }}
  volumes:
    # functions are unpacked and run there
    - { name: tmp, emptyDir: {} }
    {{- if eq .Values.mode "cluster" }}
    # made anew at each start: what nodes share is in the database
    - { name: data, emptyDir: {} }
    - name: cluster
      secret:
        secretName: {{ .Values.cluster.secretName }}
        defaultMode: 0440
        items:
          - { key: cluster.key, path: cluster.key }
    {{- end }}
    {{- if .Values.deviceTls.secretName }}
    - name: device-tls
      secret: { secretName: {{ .Values.deviceTls.secretName }}, defaultMode: 0440 }
    {{- end }}
    {{- if .Values.apiTls.secretName }}
    - name: api-tls
      secret: { secretName: {{ .Values.apiTls.secretName }}, defaultMode: 0440 }
    {{- end }}
{{- end -}}

{{- define "muster.environment" -}}
# a directory of its own in the volume, for its user alone
- { name: MUSTER_DATA_DIR, value: /data/muster }
- { name: MUSTER_HOST, value: 0.0.0.0 }
- { name: MUSTER_ENDPOINT, value: {{ .Values.endpoint | quote }} }
{{- if .Values.services.devices.alpn }}
- { name: MUSTER_ALPN_PORT, value: '10443' }
{{- end }}
{{- if .Values.deviceTls.secretName }}
- { name: MUSTER_TLS_KEY, value: /etc/muster/device-tls/tls.key }
- { name: MUSTER_TLS_CERT, value: /etc/muster/device-tls/tls.crt }
{{- end }}
{{- if .Values.apiTls.secretName }}
- { name: MUSTER_API_TLS_KEY, value: /etc/muster/api-tls/tls.key }
- { name: MUSTER_API_TLS_CERT, value: /etc/muster/api-tls/tls.crt }
{{- else }}
- { name: MUSTER_API_TLS, value: muster }
{{- end }}
{{- if eq .Values.mode "cluster" }}
- { name: MUSTER_CLUSTER_KEY_FILE, value: /etc/muster/cluster/cluster.key }
- name: MUSTER_NODE_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: MUSTER_DATABASE
  valueFrom: { secretKeyRef: { name: {{ .Values.cluster.secretName }}, key: database } }
- name: MUSTER_NATS
  valueFrom: { secretKeyRef: { name: {{ .Values.cluster.secretName }}, key: nats } }
{{- end }}
{{- range $name, $value := .Values.options }}
- { name: {{ printf "MUSTER_%s" ($name | upper | replace "-" "_") }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end -}}
