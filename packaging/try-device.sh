# What try-machines.sh and try-nodes.sh share: a maker's CA and its devices, in the current folder, where root.pem is the server's root.
# The server and who may change it are named by the variables of `muster env`. Read with `.`.

# certificate NAME SUBJECT: NAME.crt and NAME.key, signed by the CA
certificate() {
  openssl req -new -newkey rsa:2048 -nodes -keyout "$1.key" -subj "$2" -out "$1.csr" 2> /dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.crt" -days 365 -sha256 2> /dev/null
}

# register_ca: a new CA, whose devices become things of their common names when they first connect (JITP)
register_ca() {
  openssl req -x509 -new -newkey rsa:2048 -nodes -keyout ca.key -days 1024 -subj '/CN=Makers CA' -out ca.pem 2> /dev/null
  aws iam create-role --role-name JITP --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}' > made
  aws iam attach-role-policy --role-name JITP --policy-arn arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration
  cat > template.json << 'TEMPLATE'
{"Parameters":{"AWS::IoT::Certificate::CommonName":{"Type":"String"},"AWS::IoT::Certificate::Id":{"Type":"String"}},
 "Resources":{
  "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"AWS::IoT::Certificate::CommonName"}}},
  "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"ACTIVE"}},
  "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":
   "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}]}"}}}}
TEMPLATE
  aws iot create-provisioning-template --template-name makers --type JITP --enabled \
    --provisioning-role-arn arn:aws:iam::000000000000:role/JITP --template-body file://template.json > made
  certificate proof "/CN=$(aws iot get-registration-code --query registrationCode --output text)"
  aws iot register-ca-certificate --ca-certificate file://ca.pem --verification-certificate file://proof.crt --set-as-active \
    --allow-auto-registration --registration-config templateName=makers > made
}

# as_device NAME HOST PORT mosquitto_pub|mosquitto_sub ARGUMENTS
as_device() {
  client=$1 host=$2 port=$3 program=$4
  shift 4
  "$program" --cafile root.pem --cert "$client.crt" --key "$client.key" -h "$host" -p "$port" -V 5 -q 1 -i "$client" "$@"
}
