//! Planted secrets: whatever part of a bundle holds one, it reaches nothing that the program writes, and what stands
//! beside it stays readable.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use kubemortem::analyze::Analyzer;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{Input, Limits};
use kubemortem::verify::{Verdict, verify};
use serde_json::json;
use support::bundles::Bundle;

/// Stands in every planted line where its secret is; each plant has its own.
const HOLE: &str = "@S@";

/// Lines as programs write them, and a piece of them that must stay.
const PLANTS: &[(&str, &str)] = &[
    ("Authorization: Bearer @S@", "Authorization"),
    ("authorization=Basic @S@==", "authorization"),
    ("headers map[Authorization:[Bearer @S@]] sent", "headers map"),
    ("\"Authorization\": [\"Token @S@\"]", "Token"),
    ("X-Vault-Token: @S@", "X-Vault-Token"),
    ("postgres://app:@S@@db:5432/shop refused", "@db:5432/shop"),
    ("mongodb+srv://app:@S@@cluster0.example.net/?w=1", "cluster0.example.net"),
    ("redis://default:@S@@redis:6379/0", "redis:6379"),
    ("amqp://user:@S@@mq:5672/%2f", "mq:5672"),
    ("https://@S@@o1.ingest.example.io/1", "ingest.example.io"),
    ("app:@S@@tcp(mysql:3306)/shop?parseTime=true", "mysql:3306"),
    ("dsn app:@S@@/shop", "dsn app"),
    ("connecting as app:@S@@db.shop:5432", "db.shop:5432"),
    ("jdbc:postgresql://db/shop?user=app&password=@S@", "jdbc:postgresql"),
    ("jdbc:sqlserver://db:1433;user=sa;password=@S@;encrypt=true", "encrypt=true"),
    ("jdbc:oracle:thin:scott/@S@@db:1521:x", "db:1521:x"),
    ("host=db user=app password='@S@' dbname=x", "dbname=x"),
    ("PGPASSWORD=@S@ psql -h db", "psql -h db"),
    ("run --password @S@ --user app", "--user app"),
    ("run -password @S@ -user app", "-user app"),
    ("args [\"--password\", \"@S@\"]", "--password"),
    ("got {\"user\":\"app\",\"password\":\"@S@\"}", "\"user\":\"app\""),
    ("got {\\\"token\\\":\\\"@S@\\\"} in a text", "in a text"),
    ("token: @S@", "token"),
    ("invalid api key: @S@", "invalid api key"),
    ("Incorrect API key provided: @S@.", "API key provided"),
    ("token '@S@' is not valid", "is not valid"),
    ("bearer token @S@ was refused", "was refused"),
    ("jwt eyJhbGciOiJSUzI1NiJ9.@S@.@S@ refused", "refused"),
    ("aws AKIA2222ZZZZ3333YYYY aws_secret_access_key = @S@", "aws_secret_access_key"),
    ("AccountName=a;AccountKey=@S@==;EndpointSuffix=core", "EndpointSuffix=core"),
    ("https://x.blob.example.net/c?sv=2020&sig=@S@%3D&se=1", "x.blob.example.net"),
    ("gcp ya29.@S@@S@ expired", "expired"),
    ("github ghp_@S@@S@ refused", "github ghp_"),
    ("gitlab glpat-@S@@S@ refused", "gitlab glpat-"),
    ("slack xoxb-@S@-@S@ refused", "slack xoxb-"),
    ("POST https://hooks.slack.com/services/T00000000/B00000000/@S@", "hooks.slack.com"),
    ("{\"auths\":{\"r.example.io\":{\"auth\":\"@S@==\"}}}", "r.example.io"),
    ("curl -u admin:@S@ http://web/", "http://web/"),
    ("redis-cli -a @S@ ping", "ping"),
    ("ALTER USER a WITH PASSWORD '@S@'", "ALTER USER a"),
    ("p@ssword=@S@ user=app", "user=app"),
    ("pa$$word: @S@", "pa$$word"),
    ("DB_PASSW0RD=@S@ user=app", "user=app"),
    ("db_psw=@S@ user=app", "user=app"),
    ("DB_PSWD=@S@ user=app", "user=app"),
    ("Kennwort: @S@", "Kennwort"),
    ("contrase\u{f1}a=@S@ user=app", "user=app"),
    ("mot_de_passe=@S@ user=app", "user=app"),
    ("senha: @S@", "senha"),
    ("\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}: @S@ user=app", "user=app"),
    ("groq gsk_@S@@S@ refused", "groq gsk_"),
    ("x.ai xai-@S@@S@ refused", "x.ai xai-"),
    ("perplexity pplx-@S@@S@ refused", "perplexity pplx-"),
    ("replicate r8_@S@@S@ refused", "replicate r8_"),
    ("netlify nfp_@S@@S@ refused", "netlify nfp_"),
    ("posthog phx_@S@@S@ refused", "posthog phx_"),
    ("honeycomb hcaik_@S@@S@ refused", "honeycomb hcaik_"),
    ("fly FlyV1 fm2_@S@@S@ refused", "fly FlyV1 fm2_"),
    ("supabase sb_secret_@S@@S@ refused", "supabase sb_secret_"),
    ("nvidia nvapi-@S@-@S@ refused", "nvidia nvapi-"),
    ("figma figd_@S@@S@ refused", "figma figd_"),
    ("gitlab glsoat-@S@@S@ refused", "gitlab glsoat-"),
    ("AZDO_PAT=@S@ used", "used"),
    ("OCI_CLI_KEY_CONTENT=@S@ region=x", "region=x"),
    ("{\"kind\":\"Secret\",\"stringData\":{\"config.ini\":\"[db]\\npass=@S@\\nhost=db\"}}", "stringData"),
    ("<password>@S@</password>", "<password>"),
    ("[password] => @S@", "[password]"),
    ("{Host:db Password:@S@ Port:5432}", "Port:5432"),
    ("-----BEGIN PRIVATE KEY-----\\n@S@\\n-----END PRIVATE KEY-----", "BEGIN PRIVATE KEY"),
    ("spring.datasource.password=@S@", "spring.datasource.password"),
    ("{name: DB_PASSWORD, value: @S@}", "name: DB_PASSWORD"),
    ("Env:[{Name:API_TOKEN Value:@S@ ValueFrom:nil}]", "ValueFrom:nil"),
    ("password: !!str @S@", "password"),
    ("client -p@S@ --host db", "--host db"),
    ("GET /cb?session_id=@S@ 401", "GET /cb"),
    ("login otp=@S@ refused", "refused"),
    ("wrong pin: @S@", "wrong pin"),
    ("GET /v1/maps?key=@S@&q=x 403", "/v1/maps"),
    ("--from-literal=key=@S@", "--from-literal"),
    ("login app:@S@@db failed", "login app"),
    ("got \"private_key_id\": \"@S@\"", "private_key_id"),
    ("vault s.@S@Ab1Cd2Ef is no token", "is no token"),
    ("vault hvs.@S@ refused", "vault hvs."),
    ("sendgrid SG.@S@.@S@ refused", "sendgrid"),
    ("stripe sk_live_@S@@S@ refused", "stripe sk_live_"),
    ("npm_@S@@S@ was revoked", "was revoked"),
    ("pypi-@S@@S@ was revoked", "was revoked"),
    ("Set-Cookie: a=b; sid=@S@; Secure", "Set-Cookie"),
    ("SPRING_APPLICATION_JSON={\"spring\":{\"datasource\":{\"username\":\"app\",\"password\":\"@S@\"}}}", "username"),
    (
        "kubectl.kubernetes.io/last-applied-configuration: {\"spec\":{\"containers\":[{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"@S@\"}],\"name\":\"app\"}]}}",
        "DB_PASSWORD",
    ),
    ("helm upgrade web ./chart --set postgresql.auth.password=@S@ --set image.tag=1.2", "image.tag=1.2"),
    ("Driver={ODBC Driver 17 for SQL Server};Server=tcp:db,1433;Uid=sa;Pwd=@S@;Encrypt=yes", "Encrypt=yes"),
    (
        "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=@S@@S@=",
        "SharedAccessKeyName",
    ),
    (
        "BlobEndpoint=https://x.blob.core.windows.net/;SharedAccessSignature=sv=2020-08-04&ss=b&sig=@S@%3D",
        "BlobEndpoint",
    ),
    (
        "{\"type\":\"service_account\",\"project_id\":\"shop\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nMIIE@S@\\n-----END PRIVATE KEY-----\\n\",\"client_email\":\"a@b\"}",
        "project_id",
    ),
    ("//registry.npmjs.org/:_authToken=@S@", "registry.npmjs.org"),
    ("git clone https://x-access-token:ghs_@S@@S@@github.com/acme/shop.git failed", "acme/shop.git"),
    ("users: [{name: admin, user: {token: @S@}}]", "admin"),
    (
        "{\"auths\":{\"https://index.docker.io/v1/\":{\"username\":\"shop\",\"password\":\"@S@\",\"email\":\"a@b.io\"}}}",
        "username",
    ),
    ("Cookie: JSESSIONID=@S@; theme=dark", "Cookie"),
    ("admin:$apr1$@S@$@S@ in htpasswd", "htpasswd"),
    ("root:$6$@S@$@S@:19000:0:99999", "root"),
    ("hash $2b$12$@S@@S@ does not match", "does not match"),
    ("X-Amz-Security-Token=@S@&X-Amz-Signature=@S@", "X-Amz-Security-Token"),
    (
        "kafka sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"app\" password=\"@S@\";",
        "username",
    ),
    ("-Djavax.net.ssl.trustStorePassword=@S@ -Xmx1g", "-Xmx1g"),
    ("{\"AccessKeyId\":\"ASIA2222ZZZZ3333YYYY\",\"SecretAccessKey\":\"@S@\",\"Token\":\"@S@\"}", "AccessKeyId"),
    ("smtp AUTH PLAIN @S@@S@==", "smtp AUTH"),
    ("req={\"headers\":{\"x-access-token\":[\"@S@\"]}}", "x-access-token"),
    ("Config { user: \"app\", password: Some(\"@S@\"), host: \"db\" }", "host"),
    ("array ( 'password' => '@S@', 'host' => 'db' )", "host"),
    ("&password=@S@&user=app", "user=app"),
    ("grant_type=password&username=app&password=@S@&scope=x", "scope=x"),
    ("code=4/0A@S@@S@&state=x refresh_token=1//0g@S@@S@", "refresh_token"),
    ("passphrase for key is @S@", "passphrase"),
    ("echo @S@ | docker login --password-stdin registry.io", "registry.io"),
    ("az login --service-principal -u x -p @S@ --tenant y", "--tenant y"),
    ("openssl enc -aes-256-cbc -k @S@ -in f", "openssl enc"),
    ("keytool -storepass @S@ -keystore k.jks", "-keystore k.jks"),
    ("zookeeper addauth digest app:@S@", "addauth"),
    ("rabbitmqctl add_user app @S@", "rabbitmqctl"),
    ("htpasswd -b f app @S@", "htpasswd"),
    ("<entry key=\"db.password\">@S@</entry>", "db.password"),
    ("token%22%3A%22@S@%22", "token"),
    (
        "kubeadm join 10.0.0.1:6443 --token abcdef.@S@ --discovery-token-ca-cert-hash sha256:0123456789abcdef",
        "kubeadm join",
    ),
    ("discord https://discord.com/api/webhooks/123456789012345678/@S@@S@", "discord.com"),
    ("PagerDuty routing_key=@S@@S@", "routing_key"),
    ("signing key \"@S@\" is too short", "is too short"),
    ("DB_PASSWORD=b'@S@' set", "DB_PASSWORD"),
    ("X-Api-Key:[@S@] Host:[x]", "X-Api-Key"),
    ("map[Accept:[*/*] X-Auth-Token:[@S@] X-Id:[7]]", "X-Id"),
    ("{\\\"tls.key\\\":\\\"LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFcEFJQkFBS0NBUUVB@S@@S@\\\"}", "tls.key"),
    ("tls.key:LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFcEFJQkFBS0NBUUVB@S@@S@", "tls.key"),
    (
        "{\"apiVersion\":\"v1\",\"data\":{\"password\":\"@S@\",\"username\":\"YWRtaW4=\"},\"kind\":\"Secret\",\"metadata\":{\"annotations\":{},\"name\":\"db\"}}",
        "kind",
    ),
    ("kubectl create secret docker-registry r --docker-username=a --docker-password=@S@", "--docker-username=a"),
    ("values: {\"auth\":{\"rootPassword\":\"@S@\",\"database\":\"shop\"}}", "database"),
    ("jdbc:mysql://db:3306/shop?user=app&password=@S@&useSSL=false", "useSSL=false"),
    ("s3://AKIA2222ZZZZ3333YYYY:@S@@bucket/key", "bucket/key"),
    ("ERR invalid password AUTH @S@", "AUTH"),
    ("session=@S@@S@; Path=/", "Path=/"),
    ("hashed password: $argon2id$v=19$m=65536,t=3,p=4$@S@$@S@", "hashed password"),
    ("token=@S@|host=x", "host=x"),
    ("mqtt password [@S@] rejected", "rejected"),
    ("Error: secret_key must be 32 bytes, got \"@S@\"", "must be 32 bytes"),
    ("WARN  c.z.h.HikariConfig - password........................@S@", "HikariConfig"),
    ("'password': u'@S@', 'host': u'db'", "host"),
    ("sh -c \"PGPASSWORD=@S@ pg_dump shop\"", "pg_dump"),
    ("oidc: clientSecret=@S@ issuer=x", "issuer=x"),
    ("environ({\"DB_PASSWORD\": \"@S@\", \"PATH\": \"/bin\"})", "PATH"),
];

/// Lines that only look alike.
const READABLE: &[&str] = &[
    "token expired",
    "token is expired by 3h",
    "invalid bearer token",
    "secret \"db\" not found",
    "secret \"shop-tls-2024\" not found",
    "password authentication failed for user \"app\"",
    "Access denied for user 'app'@'10.0.0.1' (using password: YES)",
    "image registry.acme.io/shop/web:1.4.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    "uid 7f3f1a2b-1111-4222-8333-abcdefabcdef",
    "pod web-7d9f8b6c5d-x2x4z has no password",
    "KeyError: 'DATABASE_PASSWORD'",
    "http://auth:8080/token refused",
    "tls: private key does not match public key",
    "Unexpected token '}' in JSON",
    "couldn't find key \"api-key\" in Secret shop/db",
    "node(s) had untolerated taint {key=node-role.kubernetes.io/control-plane}",
    "dial tcp 10.96.0.10:53: i/o timeout on ip-10-0-12-34.eu-central-1.compute.internal",
    "zk session_id=0x100000001 expired",
    "name: APP_MODE value: production",
    "secret \"db-creds\" not found",
    "https://Registry.Acme.IO:5000/v2/Team/App/manifests/RC1 unauthorized",
    "open /Volumes/Data/AppServer/ConfigV2/Settings01.XML: no such file",
    "at com.acme.Billing2.InvoiceV3Service$Inner1.run(InvoiceV3Service.java:33)",
    "routing_key=orders.created.v2 has no queue",
    "session expired: session=admin",
    "API key must be 32 characters",
    "password must have 8 characters, got \"7\"",
    "docker login registry.io failed",
    "openssl s_client -connect db:5432 failed",
    "mongo --port 27017 refused",
    "auth: [\"basic\",\"oauth2\"]",
    "\"imagePullSecrets\":[{\"name\":\"regcred\"}]",
    "AUTH LOGIN PLAIN XOAUTH2 are offered",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
];

/// Values of a line of their own, as pretty-printed objects have them: the line before names them.
#[test]
fn a_value_on_a_line_of_its_own_stays_behind() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    for (index, lines) in [
        "  {\n    \"name\": \"DB_PASSWORD\",\n    \"value\": \"@S@\"",
        "- name: DB_PASSWORD\n  value: @S@",
        "  \"args\": [\n    \"--password\",\n    \"@S@\"",
        "args:\n- --password\n- @S@",
    ]
    .iter()
    .enumerate()
    {
        let secret = secret(index);
        let written = written(&analyzer, &plant(&lines.replace(HOLE, &secret)));
        for text in [&written.json, &written.markdown] {
            assert!(!text.contains(&secret), "{lines}: {:#?}", around(text, &secret));
        }
    }
}

/// The secret of a plant: letters and digits that occur nowhere else.
fn secret(index: usize) -> String {
    format!("Zq{index:02}Xv9Lm2Kp{index:02}Rt")
}

fn describe(line: &str, name: &str) -> String {
    format!(
        "\
Name:             {name}
Namespace:        shop
Node:             node-1/10.0.0.1
Start Time:       Tue, 16 Jun 2026 08:00:00 +0000
Annotations:      example.com/note: {line}
Status:           Running
Containers:
  app:
    Container ID:   containerd://0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9
    Image:          registry.acme.io/shop/web:1.4.2
    Args:
      {line}
    State:          Waiting
      Reason:       CrashLoopBackOff
      Message:      {line}
    Last State:     Terminated
      Reason:       Error
      Message:      panic: {line}
      Exit Code:    1
      Started:      Tue, 16 Jun 2026 08:20:01 +0000
      Finished:     Tue, 16 Jun 2026 08:20:09 +0000
    Ready:          False
    Restart Count:  7
    Environment:
      SETTING:  {line}
Conditions:
  Type              Status
  Ready             False
Events:
  Type     Reason   Age                 From     Message
  ----     ------   ----                ----     -------
  Warning  BackOff  10s (x40 over 15m)  kubelet  Back-off restarting failed container app in pod {name}_shop(1)
  Warning  Failed   12s (x40 over 15m)  kubelet  Error: failed to start container \"app\": {line}
"
    )
}

/// A pod as kubectl prints it in JSON, the line in every text.
fn pods_json(line: &str, name: &str) -> String {
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "annotations": {"example.com/note": line}, "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "registry.acme.io/shop/web:1.4.2",
            "command": ["/app", line], "args": [line, "--password", line],
            "env": [{"name": "SETTING", "value": line}]}]},
        "status": {"phase": "Running", "message": line, "containerStatuses": [{"name": "app", "ready": false, "restartCount": 7,
            "image": "registry.acme.io/shop/web:1.4.2", "imageID": "",
            "state": {"waiting": {"reason": "CreateContainerConfigError", "message": line}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": line,
                "startedAt": "2026-06-16T08:20:01Z", "finishedAt": "2026-06-16T08:20:09Z"}}}]}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod]});
    serde_json::to_string_pretty(&list).unwrap()
}

/// A bundle with a line in every place that a report might take words from.
fn plant(line: &str) -> Bundle {
    let mut bundle = Bundle::default();
    let log = format!(
        "starting\n2026-06-16T08:20:05Z Error: connect ECONNREFUSED 10.0.0.9:5432 {line}\n\
         level=fatal msg=\"cannot start\" {line}\n{line}\n"
    );
    bundle.add("b/describe-web-0.txt", describe(line, "web-0"));
    bundle.add("b/web-0.log", log.clone());
    bundle.add("b/web-1.log", format!("starting\npanic: {line}\n"));
    bundle.add("b/pods.json", pods_json(line, "web-1"));
    bundle.add("b/describe-web-2.txt", describe(&format!("x {}{line}", "long ".repeat(900)), "web-2"));
    bundle.add("b/web-2.log", format!("{}{line}\nError: connect ECONNREFUSED {line}\n", "long ".repeat(900)));
    bundle.add("b/nodes.txt", format!("Error from server (Forbidden): {line}\n"));
    bundle.add("b/stderr.txt", format!("error: {line}\nUnable to connect to the server: {line}\n"));
    bundle.add(
        "b/events.txt",
        format!(
            "NAMESPACE   LAST SEEN   TYPE      REASON   OBJECT      MESSAGE\n\
             shop        10s         Warning   Failed   pod/web-0   Error: {line}\n"
        ),
    );
    bundle.add("b/logs/nameless.log", log);
    bundle
}

struct Written {
    json: String,
    markdown: String,
}

fn written(analyzer: &Analyzer<'_>, bundle: &Bundle) -> Written {
    let folder = tempfile::tempdir().unwrap();
    bundle.write(folder.path());
    let root = folder.path().join("b");
    let postmortem = analyzer.analyze(&Input::Path(root.clone()), &Limits::default()).expect("a report");
    let written = Written { json: report::json(&postmortem), markdown: report::markdown(&postmortem) };
    for report in [&written.json, &written.markdown] {
        let wanted = kubemortem::verify::Wanted::of(report.as_bytes()).expect("a report");
        kubemortem::source::open(&Input::Path(root.clone()), &Limits::default(), &Feed(&wanted)).expect("read");
        match wanted.verdict() {
            Verdict::Holds(checks) => assert!(!checks.is_empty()),
            other => panic!("{other:#?}"),
        }
    }
    written
}

struct Feed<'w>(&'w kubemortem::verify::Wanted);

impl kubemortem::source::Visitor for Feed<'_> {
    fn entry(&self, entry: kubemortem::source::Entry<'_>) {
        self.0.feed(&entry.path, entry.reader);
    }
}

/// Where a secret stands, with some text around it.
fn around<'t>(text: &'t str, secret: &str) -> Vec<&'t str> {
    text.lines().filter(|line| line.contains(secret)).take(3).collect()
}

#[test]
fn no_planted_secret_reaches_a_report_and_what_stands_beside_it_does() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let mut faults = Vec::new();
    for (index, (line, stays)) in PLANTS.iter().enumerate() {
        let secret = secret(index);
        let planted = line.replace(HOLE, &secret);
        let written = written(&analyzer, &plant(&planted));
        for (format, text) in [("json", &written.json), ("md", &written.markdown)] {
            if text.contains(&secret) {
                faults.push(format!("{line} leaks into {format}: {:#?}", around(text, &secret)));
            }
        }
        // The line was cited: else nothing was tried.
        let readable = serde_json::to_string(stays).unwrap();
        let readable = readable.trim_matches('"');
        if !written.json.lines().any(|line| line.contains("[REDACTED]") && line.contains(readable)) {
            faults.push(format!("{line}: no masked line with {stays:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A saved file may be called after the command that made it, or after the line that was found: everything that holds in
/// a text holds in a name, whose slashes are written `_`.
#[test]
fn a_secret_in_the_name_of_a_file_stays_behind() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let more = ["web-0 --password=@S@", "psql password=@S@ refused", "curl -u admin:@S@ web", "@S@ token=@S@"];
    let mut faults = Vec::new();
    for (index, line) in PLANTS.iter().map(|(line, _)| *line).chain(more).enumerate() {
        let secret = secret(index);
        let name = line.replace(HOLE, &secret).replace('/', "_");
        let mut bundle = Bundle::default();
        let log = "starting\nError: connect ECONNREFUSED 10.0.0.9:5432\n";
        bundle.add(format!("b/{name}.log"), log.to_string());
        bundle.add(format!("b/shop/{name}/app.previous.log.gz"), b"\x1f\x8b\x08 is damaged".to_vec());
        bundle.add(format!("b/{name}.json"), b"{\"kind\": \"Pod\", \"metadata\": {\"name\": \"web-".to_vec());
        let written = written(&analyzer, &bundle);
        assert!(written.json.contains("ECONNREFUSED"), "{name}: nothing was cited");
        for text in [&written.json, &written.markdown] {
            if text.contains(&secret) {
                faults.push(format!("{line}: {:#?}", around(text, &secret)));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {}: {}", faults.len(), PLANTS.len(), faults.join("\n"));
}

#[test]
fn names_of_files_stay_readable() {
    for path in [
        "b/namespaces/shop/logs/web-7d9f8b6c5d-x2x4z/app.previous.log",
        "b/kube-system_coredns-5dd5756b68-abcde_token-reviewer.log",
        "b/secrets/shop-tls-2024.json",
        "b/describe-secret-db-credentials.txt",
        "b/pods/shop/key-server-0/api-token.log",
        "b/var/log/pods/shop_web-0_7f3f1a2b-1111-4222-8333-abcdefabcdef/app/0.log.20260616-082001.gz",
        "support-bundle-2026-01-31T10_00_00/cluster-resources/secrets-errors.json",
        "insights-20260616T082001Z/conditions/key=PodNotCreatedXt2.json",
        "quay-io-openshift-release-dev-ocp-v4.0-art-dev-sha256-3f786850e387550fdab836ed7e6dc881de23001b/version",
    ] {
        assert_eq!(kubemortem::report::redact::redact_path(path), path);
    }
}

#[test]
fn words_that_only_look_alike_stay() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    for line in READABLE {
        let json = written(&analyzer, &plant(line)).json;
        let spelled = serde_json::to_string(line).unwrap();
        assert!(json.contains(spelled.trim_matches('"')), "{line}");
        assert!(!json.contains("[REDACTED]"), "{line}: {:#?}", around(&json, "[REDACTED]"));
    }
}

/// A private key over several lines is no line that names it: each of its lines is told by its look.
#[test]
fn the_lines_of_a_private_key_stay_behind() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let body = [
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
        "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu",
    ];
    for end in ["\n-----END RSA PRIVATE KEY-----\n", "\n"] {
        let mut bundle = plant("starting");
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{}", body.join("\n"));
        bundle.add("b/web-0.previous.log", format!("starting\n{key}{end}"));
        bundle.add("b/logs/web-1.log", format!("panic: cannot parse\n{key}{end}"));
        let written = written(&analyzer, &bundle);
        for line in body {
            for piece in [&line[..24], &line[30..]] {
                assert!(!written.json.contains(piece), "{:#?}", around(&written.json, piece));
                assert!(!written.markdown.contains(piece), "{:#?}", around(&written.markdown, piece));
            }
        }
    }
}

struct Run {
    status: Option<i32>,
    all: String,
}

fn run(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_kubemortem")).args(arguments).stdin(Stdio::null()).output().unwrap();
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Run { status: output.status.code(), all }
}

/// Every file below a folder, one after the other, with its name.
fn everything(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&everything(&path));
            continue;
        }
        all.push_str(&format!("{}\n{}\n", path.display(), fs::read_to_string(&path).unwrap()));
    }
    all
}

#[test]
fn neither_inspect_nor_messages_nor_the_index_of_a_batch_tell_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secret = secret(77);
    let bundles = folder.path().join("bundles");
    let sound = bundles.join(format!("site-ghp_{secret}{secret}"));
    let mut bundle = plant(&format!("password={secret}"));
    bundle.add(format!("b/token={secret}.tar.gz"), b"\x1f\x8b\x08 no archive".to_vec());
    bundle.write(&sound);
    let broken = bundles.join(format!("password={secret}.tgz"));
    fs::write(&broken, b"").unwrap();

    let sound_given = sound.join("b").display().to_string();
    let inspected = run(&["inspect", &sound_given]);
    assert_eq!(inspected.status, Some(0));
    assert!(inspected.all.contains("[REDACTED]"), "{}", inspected.all);
    let absent = run(&["analyze", &folder.path().join(format!("password={secret}")).display().to_string()]);
    assert_eq!(absent.status, Some(2));
    let out = folder.path().join("out");
    let batch = run(&["analyze", "--each", &bundles.display().to_string(), "--output", &out.display().to_string()]);
    assert_eq!(batch.status, Some(2));
    assert!(batch.all.contains("[REDACTED]"), "{}", batch.all);
    // A report of another bundle: its lines are not told either.
    let report = folder.path().join("report.json");
    let catalog = Catalog::built_in().expect("sound pages");
    fs::write(&report, written(&Analyzer::new(&catalog), &plant("starting")).json).unwrap();
    let checked = run(&["verify", &report.display().to_string(), &sound_given]);
    assert_eq!(checked.status, Some(1));
    for text in [&inspected.all, &absent.all, &batch.all, &checked.all, &everything(&out)] {
        assert!(!text.contains(&secret), "{:#?}", around(text, &secret));
    }
}

/// The quotation of a masked line holds for its own line only.
#[test]
fn a_masked_line_still_proves_something() {
    let catalog = Catalog::built_in().expect("sound pages");
    let json = written(&Analyzer::new(&catalog), &plant("postgres://app:hunter2@db:5432/shop refused")).json;
    assert!(matches!(verify(json.as_bytes(), |_| Some(&b"something else\n"[..])), Verdict::Fails(_)));
}
