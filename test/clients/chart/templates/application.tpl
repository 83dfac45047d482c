apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  revision: {{ .Release.Revision | quote }}
  knows: {{ .Capabilities.APIVersions.Has "apps/v1" | quote }}
---
apiVersion: example.com/v1
kind: Shop
metadata:
  name: {{ .Release.Name }}
spec:
  image: {{ .Values.image }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Release.Name }}
  ports:
    - port: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      containers:
        - name: shop
          image: {{ .Values.image }}
