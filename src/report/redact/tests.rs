//! What is masked, what is not, and that the rest of a text stays.

use super::*;

#[test]
fn secrets_are_masked_and_the_rest_stays() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        (
            "dial postgres://app:hunter2@db:5432/shop?sslmode=disable",
            "dial postgres://app:[REDACTED]@db:5432/shop?sslmode=disable",
        ),
        ("redis://:p@ss@redis:6379", "redis://:[REDACTED]@redis:6379"),
        ("amqp://u:pa/ss@mq refused", "amqp://u:[REDACTED]@mq refused"),
        ("app:S3cr3t@tcp(mysql:3306)/shop: refused", "app:[REDACTED]@tcp(mysql:3306)/shop: refused"),
        (
            "Server=db;Database=x;User Id=sa;Password=Pa55;w0rd;Encrypt=true",
            "Server=db;Database=x;User Id=sa;Password=[REDACTED];Encrypt=true",
        ),
        ("Server=db;Uid=sa;Pwd=abc;", "Server=db;Uid=sa;Pwd=[REDACTED];"),
        ("host=db user=app password=hunter2 dbname=shop", "host=db user=app password=[REDACTED] dbname=shop"),
        ("GET /cb?token=abc123&state=9 401", "GET /cb?token=[REDACTED]&state=9 401"),
        (r#"{"level":"info","token": "tok-1","user":"a"}"#, r#"{"level":"info","token": "[REDACTED]","user":"a"}"#),
        (r#"{\"password\":\"x y\",\"user\":\"x\"}"#, r#"{\"password\":\"[REDACTED]\",\"user\":\"x\"}"#),
        (r#"{"password":"a\"b","user":"x"}"#, r#"{"password":"[REDACTED]","user":"x"}"#),
        (
            r#"{"name":"DB_PASSWORD","value":"hunter2"},{"name":"A","value":"b"}"#,
            r#"{"name":"DB_PASSWORD","value":"[REDACTED]"},{"name":"A","value":"b"}"#,
        ),
        (
            r#""{\"name\":\"API_TOKEN\",\"value\":\"hunter2\"}""#,
            r#""{\"name\":\"API_TOKEN\",\"value\":\"[REDACTED]\"}""#,
        ),
        ("      DB_PASSWORD:  correct horse", "      DB_PASSWORD:  [REDACTED]"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: [REDACTED]"),
        ("  password: hunter2", "  password: [REDACTED]"),
        ("  password: changeme", "  password: [REDACTED]"),
        ("args: --password=hunter2 --user=x", "args: --password=[REDACTED] --user=x"),
        ("app --api-key hunter2 --verbose", "app --api-key [REDACTED] --verbose"),
        (r#"["--password","hunter2","--user"]"#, r#"["--password","[REDACTED]","--user"]"#),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer [REDACTED]"),
        ("authorization: Basic dXNlcjpwYXNz end", "authorization: Basic [REDACTED] end"),
        (r#"-H "Authorization: Digest username=\"x\"" url"#, r#"-H "Authorization: Digest [REDACTED]\"x\"" url"#),
        ("sent Bearer 0123456789abcdef to api", "sent Bearer [REDACTED] to api"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl bad", "jwt [REDACTED] bad"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key AKIA[REDACTED] used"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPx was used", "AWS_SECRET_ACCESS_KEY=[REDACTED] was used"),
        ("push with ghp_0123456789abcdefghijABCDEFGHIJ012345 failed", "push with ghp_[REDACTED] failed"),
        ("slack xoxb-123456789012-abcdefABCDEF", "slack xoxb-[REDACTED]"),
        ("maps AIzaSyA1234567890abcdefghijklmnopqrstu", "maps AIza[REDACTED]"),
        ("openai sk-proj-Abcdefghij0123456789Abcdef refused", "openai sk-[REDACTED] refused"),
        (
            "AccountName=a;AccountKey=abc/def+ghi==;EndpointSuffix=core",
            "AccountName=a;AccountKey=[REDACTED];EndpointSuffix=core",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----MIIEabc\\nxyz-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----[REDACTED]-----END RSA PRIVATE KEY-----",
        ),
        ("CREATE USER a IDENTIFIED BY 'hunter2';", "CREATE USER a IDENTIFIED BY '[REDACTED]';"),
        ("curl -s -u admin:hunter2 http://x/", "curl -s -u admin:[REDACTED] http://x/"),
        ("mysqldump -h db -uroot -phunter2 shop", "mysqldump -h db -uroot -p[REDACTED] shop"),
        ("(password=abc)", "(password=[REDACTED])"),
        ("two password=aaa then token=bbb", "two password=[REDACTED] then token=[REDACTED]"),
        ("MY_API_KEY=abc", "MY_API_KEY=[REDACTED]"),
        ("DB_PW=abc", "DB_PW=[REDACTED]"),
        ("CONTRASE\u{d1}A=abc", "CONTRASE\u{d1}A=[REDACTED]"),
        ("heslo: abc", "heslo: [REDACTED]"),
        ("\u{be44}\u{bc00}\u{bc88}\u{d638}=abc host=db", "\u{be44}\u{bc00}\u{bc88}\u{d638}=[REDACTED] host=db"),
        ("HAS\u{141}O=abc", "HAS\u{141}O=[REDACTED]"),
        ("\u{15f}ifre: abc", "\u{15f}ifre: [REDACTED]"),
        (r#"["password"]=> string(7) "hunter2" ["h"]=> 1"#, r#"["password"]=> string(7) "[REDACTED]" ["h"]=> 1"#),
        ("args: - --password - hunter2", "args: - --password - [REDACTED]"),
        ("DB_PASSWORD -> hunter2 ok", "DB_PASSWORD -> [REDACTED] ok"),
        ("DB_PASSWORD\thunter2\tset", "DB_PASSWORD\t[REDACTED]\tset"),
        (r"- name: DB_PASSWORD\n  value: hunter2", r"- name: DB_PASSWORD\n  value: [REDACTED]"),
        ("DB_PASSWORD has value Zq7Xv9Lm2Kp4 which", "DB_PASSWORD has value [REDACTED] which"),
        ("/o?GoogleAccessId=x&Signature=Zq7Xv9Lm2Kp4&Expires=1", "/o?GoogleAccessId=x&Signature=[REDACTED]&Expires=1"),
        ("https://x.io/?jwt=Zq7Xv9Lm2Kp4 403", "https://x.io/?jwt=[REDACTED] 403"),
        (
            r#"Authorization: Digest username="a", response="0123456789abcdef0123456789abcdef""#,
            r#"Authorization: Digest [REDACTED]"a", response="[REDACTED]""#,
        ),
        ("run -password hunter2 -v", "run -password [REDACTED] -v"),
        ("invalid api key: Zq7Xv9Lm2Kp4", "invalid api key: [REDACTED]"),
        ("Incorrect API key provided: Zq7Xv9Lm2Kp4.", "Incorrect API key provided: [REDACTED]."),
        ("token 'Zq7Xv9Lm2Kp4' is not valid", "token '[REDACTED]' is not valid"),
        ("dial app:S3cr3t@db.shop:5432: refused", "dial app:[REDACTED]@db.shop:5432: refused"),
        ("open app:hunter@/shop", "open app:[REDACTED]@/shop"),
        ("nats://Zq7Xv9Lm2Kp4@nats:4222", "nats://[REDACTED]@nats:4222"),
        ("jdbc:oracle:thin:scott/tiger@db:1521:x", "jdbc:oracle:thin:scott/[REDACTED]@db:1521:x"),
        ("redis-cli -h r -a hunter2 ping", "redis-cli -h r -a [REDACTED] ping"),
        ("ALTER USER a WITH PASSWORD 'hunter'", "ALTER USER a WITH PASSWORD '[REDACTED]'"),
        ("<password>hunter2</password>", "<password>[REDACTED]</password>"),
        (
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj is a line of a key",
            "[REDACTED] is a line of a key",
        ),
        (r#""auth": "dXNlcjpwYXNzd29yZA==""#, r#""auth": "[REDACTED]""#),
        ("- {name: DB_PASSWORD, value: hunter2}", "- {name: DB_PASSWORD, value: [REDACTED]}"),
        ("name: DB_PASSWORD value: hunter2", "name: DB_PASSWORD value: [REDACTED]"),
        ("Env:[{Name:API_TOKEN Value:hunter2 ValueFrom:nil}]", "Env:[{Name:API_TOKEN Value:[REDACTED] ValueFrom:nil}]"),
        (
            "EnvVar{Name:API_TOKEN,Value:hunter2,ValueFrom:nil,}",
            "EnvVar{Name:API_TOKEN,Value:[REDACTED],ValueFrom:nil,}",
        ),
        ("password: !!str hunter2", "password: [REDACTED]"),
        ("password: !!str 'correct horse' # note", "password: [REDACTED]' # note"),
        ("password: &db hunter2", "password: [REDACTED]"),
        ("args: -uroot -phunter2", "args: -uroot -p[REDACTED]"),
        ("args: -pZq7Xv9Lm2Kp4", "args: -p[REDACTED]"),
        ("GET /cb?session_id=Zq7Xv9Lm2Kp4 401", "GET /cb?session_id=[REDACTED] 401"),
        ("login otp=493021 refused", "login otp=[REDACTED] refused"),
        ("wrong pin: 4930", "wrong pin: [REDACTED]"),
        ("GET /v1/maps?key=Zq7Xv9Lm2Kp4&q=x 403", "GET /v1/maps?key=[REDACTED]&q=x 403"),
        ("license key=Zq01Xv9Lm2Kp01Rt is over", "license key=[REDACTED] is over"),
        (
            "kubectl create secret generic db --from-literal=user=app --from-literal=pass=hunter2",
            "kubectl create secret generic db --from-literal=user=[REDACTED] --from-literal=pass=[REDACTED]",
        ),
        ("--from-literal=key=Zq7Xv9Lm2Kp4", "--from-literal=key=[REDACTED]"),
        ("login app:Zq7Xv9Lm2Kp4@db failed", "login app:[REDACTED]@db failed"),
        (r#""private_key_id": "0123456789abcdef0123456789abcdef01234567","#, r#""private_key_id": "[REDACTED]","#),
        ("vault said s.Zq7Xv9Lm2Kp4Rt8Bn1Wc5Yd3 is no token", "vault said [REDACTED] is no token"),
        ("vault hvs.CAESIJlWhAbcdefghijklmnop refused", "vault hvs.[REDACTED] refused"),
        ("databricks dapi0123456789abcdef0123456789abcdef-2 refused", "databricks dapi[REDACTED] refused"),
        (r#"    "value": "Zq7Xv9Lm2Kp4","#, r#"    "value": "[REDACTED]","#),
        ("  - Zq7Xv9Lm2Kp4", "  - Zq7[REDACTED]"),
        ("      \"Zq7Xv9Lm2Kp4\",", "      \"Z[REDACTED]\","),
        ("Qx7mZq9Lm2KpTr8=", "Qx7m[REDACTED]"),
        ("Set-Cookie: a=b1; sid=hunter2; Secure", "Set-Cookie: [REDACTED]"),
        ("twilio SK0123456789abcdef0123456789abcdef refused", "twilio [REDACTED] refused"),
        ("mailgun key-0123456789abcdef0123456789abcdef", "mailgun [REDACTED]"),
        ("azure client Zq78Q~Lm2Kp4Rt8Bn1Wc5Yd3Zq7Xv9Lm2Kp4Rt8 expired", "azure client [REDACTED] expired"),
        ("telegram bot 123456789:AAZq7Xv9Lm2Kp4Rt8Bn1Wc5Yd3Zq7Xv9Lm2 blocked", "telegram bot [REDACTED] blocked"),
        ("sendgrid SG.Zq7Xv9Lm2Kp4Rt8Bn1Wc5Y.Zq7Xv9Lm2Kp4 refused", "sendgrid SG.[REDACTED] refused"),
        ("stripe sk_live_Zq7Xv9Lm2Kp4Rt8Bn1 and whsec_Zq7Xv9Lm2Kp4", "stripe sk_live_[REDACTED] and whsec_[REDACTED]"),
        ("npm npm_Zq7Xv9Lm2Kp4Rt8Bn1Wc5Yd3Zq7Xv9Lm2Kp4", "npm npm_[REDACTED]"),
        ("pypi pypi-AgEIcHlwaS5vcmcCJDZq7Xv9Lm2Kp4", "pypi pypi-[REDACTED]"),
        (r#"{"c":"password:\n  value: \"hunter2\"\n"}"#, r#"{"c":"password:\n  value: \"[REDACTED]\"\n"}"#),
        (r#"parse "password:\\n  value: \\"hunter2\\"\\n""#, r#"parse "password:\\n  value: \\"[REDACTED]\\"\\n""#),
        (
            r#"c="db:\n  password:\n    value: hunter2\n  h: x""#,
            r#"c="db:\n  password:\n    value: [REDACTED]\n  h: x""#,
        ),
        (r"y: password: |\n  hunter2\nhost: x", r"y: password: |\n  [REDACTED]\nhost: x"),
        (r"y: password: >-\n    hunter2", r"y: password: >-\n    [REDACTED]"),
        (r"y: password:\r\n  value: 'hunter2'", r"y: password:\r\n  value: '[REDACTED]'"),
        (r"y: password:\n  # by ops\n  value: hunter2", r"y: password:\n  # by ops\n  value: [REDACTED]"),
        (r"y: password:\n- hunter2\n", r"y: password:\n- [REDACTED]\n"),
        (r#"y: password = {\n  value = "hunter2"\n}"#, r#"y: password = {\n  value = "[REDACTED]"\n}"#),
        (r#"{"password":{"value":"hunter2"},"a":1}"#, r#"{"password":{"value":"[REDACTED]"},"a":1}"#),
        (r#"{"key":"password","val":"hunter2"}"#, r#"{"key":"password","val":"[REDACTED]"}"#),
        (r"- key: password\n  val: hunter2", r"- key: password\n  val: [REDACTED]"),
        (r"{\u0022password\u0022:\u0022hunter2\u0022}", r"{\u0022password\u0022:\u0022[REDACTED]\u0022}"),
        ("&quot;password&quot;: &quot;hunter2&quot;", "&quot;password&quot;: &quot;[REDACTED]&quot;"),
        ("l \u{1b}[36mpassword\u{1b}[0m=hunter2 user=a", "l \u{1b}[36mpassword\u{1b}[0m=[REDACTED] user=a"),
        (
            "l \u{1b}[36mpassword\u{1b}[0m=\u{1b}[32mhunter2 user=a",
            "l \u{1b}[36mpassword\u{1b}[0m=\u{1b}[32m[REDACTED] user=a",
        ),
        (r"l \u001b[36mpassword\u001b[0m=hunter2 user=a", r"l \u001b[36mpassword\u001b[0m=[REDACTED] user=a"),
        ("run [--user, app, --password, hunter2]", "run [--user, app, --password, [REDACTED]]"),
        (
            "jdbc:sqlserver://db:1433;user=sa;password={hunter2};encrypt=true",
            "jdbc:sqlserver://db:1433;user=sa;password={[REDACTED]};encrypt=true",
        ),
        ("login shop/Zq7Xv9Lm2@db:1521/XE", "login shop/[REDACTED]@db:1521/XE"),
        ("once token=Zq7Xv9Lm2Kp4, and Zq7Xv9Lm2Kp4 again", "once token=[REDACTED], and [REDACTED] again"),
    ] {
        if redact(text) != expected {
            wrong.push(format!("{text}\n  became {}\n  and not {expected}", redact(text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_and_messages_are_no_secrets() {
    for text in [
        "DB_PASSWORD:  <set to the key 'password' in secret 'db-credentials'>  Optional: false",
        r#"MountVolume.SetUp failed for volume "db-password" : secret "db-password" not found"#,
        r#"Error: secret "api-token" not found"#,
        "couldn't find key DB_PASSWORD in Secret shop/db-credentials",
        "Error: couldn't find key api-key in Secret shop/tokens",
        r#""secretName": "db-credentials","#,
        "    SecretName:  default-token-abc12",
        "    secretKeyRef: {name: db-credentials, key: password}",
        "  existingSecret: shop-db",
        r#"E0101 10:00:00.1 1 reflector.go:1] "Failed" secret="shop/db-credentials" err="x""#,
        "SyntaxError: Unexpected token: }",
        "SyntaxError: Unexpected token < in JSON at position 0",
        "JWT verification failed: invalid token: malformed",
        "FATAL: password authentication failed for user \"app\"",
        "password: must not be empty",
        "Error: DB_PASSWORD: is required",
        "missing required environment variable DB_PASSWORD",
        "open /var/run/secrets/kubernetes.io/serviceaccount/token: permission denied",
        "TOKEN_FILE=/var/run/token",
        "DB_PASSWORD_FILE=/run/secrets/db",
        "GOOGLE_APPLICATION_CREDENTIALS=/var/secrets/key.json",
        "  automountServiceAccountToken: false",
        "tokenExpirationSeconds: 3607",
        "max_tokens=4096",
        "key: app",
        "    Type:        Secret (a volume populated by a Secret)",
        "I0101 token.go:209] refreshed",
        "password:  16 bytes",
        "WWW-Authenticate: Bearer realm=\"https://auth.docker.io/token\"",
        "unauthorized: authentication required",
        "Get http://10.0.0.1:8080/healthz: dial tcp 10.0.0.1:8080: connection refused",
        "pull access denied, basic authentication needed",
        "postgres://app:$(DB_PASSWORD)@db:5432/shop",
        "postgres://app:xxxxx@db:5432/shop",
        "user=app password=*** host=db",
        "imagePullSecrets: registry",
        "npm_package_dependencies_some_long_name_of_a_package_1",
        "Readiness probe failed: key=value",
        "pods is forbidden: User cannot list",
        "password=<unset>",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\t \t",
        "\"-----BEGIN EC PRIVATE KEY-----\t\"",
        "git@github.com:org/repo.git",
        "npm:lodash@4.17.21",
        "shop/web:1.4.2@sha256:0123456789abcdef0123456789abcdef",
        "token 'foo' is unexpected",
        "invalid api key: default",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "at com/acme/billing/reconciliation/InvoicePaymentReconciliationServiceV2",
        "secret \"shop-tls-2024\" not found",
        "image: registry.example/app@sha256:0123456789abcdef0123456789abcdef",
        r#"    "value": "http://db.shop:5432/orders","#,
        "- registry.example/shop/web:1.4.2",
        "      \"--max-old-space-size=4096\",",
        "7f3f1a2b-1111-4222-8333-abcdefabcdef",
        "support-bundle-2026-01-31T10_00_00",
        "2026-06-16T08:20:05Z",
        "web-7d9f8b6c5d-x2x4z",
        "web-0.17a9b8c7d6e5f403",
        "containerd://0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "ip-10-0-12-34.eu-central-1.compute.internal",
        "gke-prod-pool-1-0a1b2c3d-x7k2",
        "key=node-role.kubernetes.io/control-plane:NoSchedule",
        "0/3 nodes are available: 1 node(s) had untolerated taint {key=dedicated, value: gpu}",
        "name: APP_MODE value: production",
        "Env:[{Name:DB_HOST Value:db.shop ValueFrom:nil}]",
        "{name: TOKEN_FILE, value: /var/run/token}",
        "name: DB_PASSWORD valueFrom: secretKeyRef",
        r#"Error: couldn't find key "DB_PASSWORD" in Secret shop/db"#,
        r#"references non-existent config key: log4j2.xml"#,
        "key: app.kubernetes.io/name",
        "etcd: key=/registry/pods/shop/web-0 size=4096",
        "zk session_id=0x100000001 expired",
        "sessionid: 42 closed",
        "pinned to node pin: node-3",
        "ping: 4930",
        "nginx -p8080 -port 9090 -pidfile",
        "java -pkcs12 -profile2",
        "kubectl create configmap x --from-literal=mode=production",
        "mail to bob@example.com, or mailto:bob99@example.com",
        "docker:24.0@builder is used",
        "SIGTERM: s.Shutdown() of http.Server at main.go:42",
        "class Log4j2LoggerContext at 0x7f3f1a2b",
        "cookie policy is strict",
        "task sk-worker-7d9f8b6c5d-x2x4z started",
        "cluster key-value store etcd-2",
        "compiled with pul-lumi and dp.pt of doom",
        r"y: DB_PASSWORD:\n  valueFrom:\n    secretKeyRef:\n      name: db",
        r#"{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"db","key":"password"}}}"#,
        r#""password":{"valueFrom":{"secretKeyRef":{"name":"db"}}}"#,
        "password={DB_PASSWORD} is not set",
        "need --user, --password, --host",
        r"error: bad password:\n    at main.go:17",
        "pull shop/web-7d9f8b@registry:5000/x",
    ] {
        assert_eq!(redact(text), text);
        assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn a_known_secret_is_masked_where_nothing_names_it() {
    let found: Vec<&str> = known("password=Zq7Xv9Lm2Kp4 token=shop").collect();
    assert!(!found.is_empty() && found.iter().all(|secret| *secret == "Zq7Xv9Lm2Kp4"), "{found:?}");
    let automaton = AhoCorasick::new(found).ok();
    assert_eq!(redact_known("restart with Zq7Xv9Lm2Kp4, then", automaton.as_ref()), "restart with [REDACTED], then");
    assert!(matches!(redact_known("nothing here", None), Cow::Borrowed(_)));
}

#[test]
fn something_remains_beside_the_mask() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    assert_eq!(redact(jwt), "eyJh[REDACTED]");
    assert_eq!(redact("pwd=abcdef"), "pwd=[REDACTED]");
}

#[test]
fn masking_twice_changes_nothing() {
    let once = redact("password=hunter2 and postgres://a:b@c/d and Bearer 0123456789abcdef").into_owned();
    assert!(matches!(redact(&once), Cow::Borrowed(_)), "{once}");
}

#[test]
fn long_and_odd_texts_neither_hang_nor_panic() {
    let long = "password=".repeat(50_000);
    assert!(redact(&long).len() <= long.len() + 20);
    for text in [
        "password=",
        "\"password\":\"",
        "token=\\",
        "--password ",
        "://a:\u{e9}@",
        "\u{202e}token=\u{e9}\u{e9}",
        "secret=\"",
        "password='\\",
    ] {
        let _ = redact(text);
    }
}

#[test]
fn the_words_of_the_cause_pages_are_no_secrets() {
    for (file, text) in crate::catalog::Catalog::built_in_pages() {
        let body = text.split_once("\nmissing:").map_or(*text, |(_, rest)| rest);
        for line in body.lines() {
            assert_eq!(redact(line), line, "{file}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 4000, failure_persistence: None, ..proptest::prelude::ProptestConfig::default()
    })]

    /// What is looked for only where one of its words stands is found by no other word.
    #[test]
    fn the_triggers_lose_nothing(
        parts in proptest::collection::vec((
            proptest::sample::select(vec![
                "password", "passwd", "Passphrase", "pw", "PIN", "sig", "sas", "secret", "TOKEN", "api_key", "license key",
                "cookie", "otp", "x_pat", "jwt", "p4ss", "p@ssword", "p@55", "pa5$wd", "pas$word", "P4$$",
                "p@$sphrase", "PAS5", "p45sw0rd", "Kennwort", "contraseña", "пароль", "auth", "authorization",
                "response", "bearer", "Basic", "digest", "credential", "AUTH PLAIN", "identified by", "curl -u", "mysql -p",
                "requirepass", "redis-cli -a", "sshpass -p", "docker login -p", "mongosh -p", "ldapsearch -w", "sqlcmd -P",
                "openssl -k", "rabbitmqctl add_user app", "htpasswd -b f app", "machine db login app", "addauth digest",
                "sqlplus", "echo", "| chpasswd", "| docker login --password-stdin", "with", "-p", "--from-literal",
                "postgres://app", "jdbc:oracle:thin:app/", "https://hooks.slack.com/services/T0/B0/", "app", "user", "got",
                "is", "provided", "<password>", "<name>token</name> <value>", "key-", "SK", "s.", "1//0", "sl.", "dose", "ghp_",
                "hvs.", "AKIA", "sk-", "dt0c01.", "$2y$", "$6$", "-----BEGIN PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9.",
            ]),
            proptest::sample::select(vec![" ", "=", ": ", ":", "='", "\": \"", "/", "@", "\\n", ", ", "_", "", "%3D", " \""]),
            proptest::sample::select(vec![
                "hunter2", "Zx81qLm9Tr44", "dXNlcjpwYXNzd29yZA==", "0123456789abcdef0123456789abcdef", "IOSFODNN7EXAMPLEX",
                "Q7rT2vW9xY4zA1bC6dE8fG3h@db:5432/x", "c2lnbmF0dXJlMTIz.c2lnbmF0dXJl", "and", "123456", "db.shop.svc", "",
            ]),
            proptest::sample::select(vec![" ", "\"", "'", "\n", "@host", "@tcp(db:3306)/x", "</password>", ",", "&", ";"]),
        ), 1..5),
    ) {
        let text: String = parts.iter().flat_map(|(a, b, c, d)| [*a, b, c, d]).collect();
        let sorted = |mut secrets: Vec<Range<usize>>| {
            secrets.sort_by_key(|secret| (secret.start, secret.end));
            secrets.dedup();
            secrets
        };
        proptest::prop_assert_eq!(sorted(named_or_formed(&text)), sorted(told_by(&text, Kinds(u8::MAX))), "{}", text);
    }
}
