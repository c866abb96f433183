#!/bin/sh
# Collects what kubectl can tell about a broken Kubernetes cluster into one archive, for kubemortem to read elsewhere.
# Reads only. `sh collect.sh --help` says what it takes, what it never takes, and what it costs.
set -uf
LC_ALL=C
export LC_ALL
# A user's own defaults for kubectl, and macOS's habit of packing a second file beside each.
KUBERC=off
COPYFILE_DISABLE=1
export KUBERC COPYFILE_DISABLE
unset CDPATH
umask 077

collector_version=1

# --- the command line ----------------------------------------------------------------------------------------------

usage() {
    cat <<'END'
Usage: sh collect.sh [OPTIONS]

Brings home what kubectl can tell about a broken Kubernetes cluster: one .tar.gz in the current folder, its path on
standard output. Needs kubectl (or oc), tar, gzip and a POSIX shell; on Windows run it in WSL. Writes nothing to the
cluster and nothing outside its own folder, which is removed after packing. Ctrl-C packs what is there.

What to collect
  -n, --namespace NS   only this namespace; may be repeated
  -A, --all            all namespaces you may read (the default); where you may list none, the current one
  -l, --selector SEL   only pods with these labels (app=web,tier!=db)
      --pod NAME       only this pod; may be repeated
      --all-logs       logs of healthy pods too, after everything else
      --secret-keys    names of the keys of Secrets. This fetches the Secrets whole and writes their key names only.
                       Without it a Secret's data never leaves the server

How much
      --since TIME     logs not older than this (10m, 6h)
      --tail N         last lines of each log (default 10000; -1: all)
      --limit-bytes N  most bytes of each log (default 20000000); a log that meets it is fetched again with fewer
                       lines, so that its end is there
      --max-size N     most bytes of all files before packing (default 2000000000); unhealthy pods come first
      --timeout N      seconds for each command (default 60)
      --parallel N     commands at a time (default 8)

How
      --kubectl PATH   the kubectl or oc to use (default: kubectl, else oc)
      --context NAME   as kubectl's
      --kubeconfig F   as kubectl's
      --output DIR     where the archive goes (default: the current folder)
      --no-timestamps  logs without the time of each line
      --keep           leave the folder beside the archive
      --dry-run        print the commands and do nothing
  -h, --help           this text
      --version        the collector's version

Taken: pods, events, nodes, workloads and their owners, services and endpoints, volumes and claims, quotas and limits,
network policies, disruption budgets, service accounts, namespaces, versions, usage; names and keys of ConfigMaps, names
of Secrets; descriptions and logs (current and previous, every container) of each pod that is not healthy or restarted.

Never taken: a Secret's data, a ConfigMap's values. Values of variables, arguments and annotations that look like
credentials are masked before anything is written. Logs are packed as the containers wrote them: read them before you
send them on.

Exit status: 0 complete, 3 partial (what is missing is said at the end and in the archive), 2 nothing collected.
END
}

say() { printf '%s\n' "collect.sh: $*" >&2; }
progress() { if [ -n "$person" ]; then printf '%s\n' "$*" >&2; fi; }
fail() {
    say "$*"
    exit 2
}

person=
if [ -t 2 ]; then person=yes; fi

namespaces=
selector=
pods=
all_logs=
secret_keys=
since=
tail=10000
limit_bytes=20000000
max_size=2000000000
timeout=60
parallel=8
kubectl=
context=
kubeconfig=
output=.
timestamps=--timestamps
keep=
dry_run=
flags=

need() { if [ "$2" -lt 2 ]; then fail "$1 needs a value (see --help)"; fi; }
whole() {
    case $2 in
    '' | *[!0-9]* | ??????????????????*) fail "$1 needs a whole number, not '$2'" ;;
    esac
    if [ "$2" -lt "$3" ]; then fail "$1 must be at least $3"; fi
}
name() {
    case $2 in
    '' | -* | .* | *[!A-Za-z0-9._-]*) fail "$1: '$2' is no name of Kubernetes" ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
    --*=*)
        option=${1%%=*}
        value=${1#*=}
        shift
        set -- "$option" "$value" "$@"
        case $option in
        --namespace | --selector | --pod | --since | --tail | --limit-bytes | --max-size | --timeout | --parallel) ;;
        --kubectl | --context | --kubeconfig | --output) ;;
        *) fail "$option takes no value, or is unknown (see --help)" ;;
        esac
        ;;
    esac
    case $1 in
    -n | --namespace)
        need "$1" $#
        name "$1" "$2"
        case " $namespaces " in *" $2 "*) ;; *) namespaces="$namespaces $2" ;; esac
        ;;
    -l | --selector)
        need "$1" $#
        selector=$2
        ;;
    --pod)
        need "$1" $#
        name "$1" "${2##*/}"
        pods="$pods ${2##*/}"
        ;;
    --since)
        need "$1" $#
        case $2 in *[!0-9hms]* | '' | [hms]*) fail "--since needs a time such as 30m or 6h, not '$2'" ;; esac
        since=$2
        ;;
    --tail)
        need "$1" $#
        if [ "$2" != -1 ]; then whole "$1" "$2" 1; fi
        tail=$2
        ;;
    --limit-bytes)
        need "$1" $#
        whole "$1" "$2" 1
        limit_bytes=$2
        ;;
    --max-size)
        need "$1" $#
        whole "$1" "$2" 1
        max_size=$2
        ;;
    --timeout)
        need "$1" $#
        whole "$1" "$2" 1
        timeout=$2
        ;;
    --parallel)
        need "$1" $#
        whole "$1" "$2" 1
        if [ "$2" -gt 64 ]; then fail "--parallel is at most 64"; fi
        parallel=$2
        ;;
    --kubectl)
        need "$1" $#
        kubectl=$2
        ;;
    --context)
        need "$1" $#
        context=$2
        ;;
    --kubeconfig)
        need "$1" $#
        kubeconfig=$2
        ;;
    --output)
        need "$1" $#
        output=$2
        ;;
    -A | --all | --all-namespaces | --all-logs | --secret-keys | --no-timestamps | --keep | --dry-run) ;;
    -h | --help)
        usage
        exit 0
        ;;
    --version)
        echo "kubemortem collector $collector_version"
        exit 0
        ;;
    *) fail "unknown option '$1' (see --help)" ;;
    esac
    case $1 in
    -n | --namespace | -l | --selector | --pod | --since | --tail | --limit-bytes | --max-size | --timeout | --parallel | \
        --kubectl | --context | --kubeconfig | --output)
        flags="$flags$1
$2
"
        shift 2
        continue
        ;;
    --all-logs) all_logs=yes ;;
    --secret-keys) secret_keys=yes ;;
    --no-timestamps) timestamps= ;;
    --keep) keep=yes ;;
    --dry-run) dry_run=yes ;;
    esac
    flags="$flags$1
"
    shift
done

if [ -z "$kubectl" ]; then
    kubectl=kubectl
    if ! command -v kubectl >/dev/null 2>&1 && command -v oc >/dev/null 2>&1; then kubectl=oc; fi
fi

# --- what is asked for ---------------------------------------------------------------------------------------------

# file, resource, and how: json (masked), wide, table (as the server prints it), keys (names and keys by a template).
# In the order of their worth: the first come before the logs of pods that are not healthy, the others after them.
cluster_lists='
nodes.json nodes json
nodes.txt nodes wide
'
first_lists='
events.json events json
pods.txt pods wide
'
next_lists='
configmaps.txt configmaps keys
secrets.txt secrets table
deployments.json deployments json
replicasets.json replicasets json
statefulsets.json statefulsets json
daemonsets.json daemonsets json
jobs.json jobs json
cronjobs.json cronjobs json
pvcs.json persistentvolumeclaims json
services.json services json
endpoints.json endpoints json
resourcequotas.json resourcequotas json
limitranges.json limitranges json
horizontalpodautoscalers.json horizontalpodautoscalers json
'
last_cluster_lists='
pvs.json persistentvolumes json
storageclasses.json storageclasses json
volumeattachments.json volumeattachments json
csidrivers.json csidrivers json
'
last_lists='
networkpolicies.json networkpolicies json
poddisruptionbudgets.json poddisruptionbudgets json
serviceaccounts.json serviceaccounts json
events.txt events table
'
if [ -n "$secret_keys" ]; then
    next_lists="${next_lists}secret-keys.txt secrets keys
"
fi

# Names and keys: the template never touches a value.
# shellcheck disable=SC2016 # the template's own variables
{
keys_template='{{printf "%-30s %-44s %-64s %s\n" "NAMESPACE" "NAME" "KEYS" "CREATED"}}{{range .items}}{{$keys := ""}}'
keys_template=$keys_template'{{range $key, $value := .data}}{{if $keys}}{{$keys = printf "%s,%s" $keys $key}}{{else}}{{$keys = $key}}{{end}}{{end}}'
keys_template=$keys_template'{{range $key, $value := .binaryData}}{{if $keys}}{{$keys = printf "%s,%s" $keys $key}}{{else}}{{$keys = $key}}{{end}}{{end}}'
keys_template=$keys_template'{{if not $keys}}{{$keys = "<none>"}}{{end}}{{printf "%-30s %-44s %-64s %s\n" .metadata.namespace .metadata.name $keys .metadata.creationTimestamp}}{{end}}'
}

# Sets `arguments` of kubectl, one per line, for one task.
# shellcheck disable=SC2086 # the words of a task are names without blanks
command_of() {
    arguments=
    case $1 in
    list) # list FILE RESOURCE HOW SCOPE; SCOPE: cluster, all, or a namespace
        words "get" "$3"
        case $5 in cluster) ;; all) words -A ;; *) words -n "$5" ;; esac
        if [ "$3" = pods ]; then
            if [ -n "$selector" ]; then words -l "$selector"; fi
            case $pods in
            '' | ' '*' '*) ;; # of several, those are taken from the list
            *) words --field-selector "metadata.name=${pods# }" ;;
            esac
        fi
        case $4 in
        json) words -o json ;;
        wide) words -o wide ;;
        keys) words -o "go-template=$keys_template" ;;
        esac
        ;;
    top) # top FILE pods|nodes SCOPE
        words top "$3"
        case $4 in cluster) ;; all) words -A --containers ;; *) words -n "$4" --containers ;; esac
        ;;
    describe) # describe SCOPE NAME...
        # Newer kubectls show the events of several objects only when asked.
        words describe
        if [ "$2" = cluster ]; then words nodes; else words pods -n "$2"; fi
        words --show-events=true
        shift 2
        for word in "$@"; do words "$word"; done
        ;;
    log) # log NAMESPACE POD CONTAINER current|previous TAIL
        words logs -n "$2" "$3"
        if [ "$4" = all-containers ]; then words --all-containers --prefix; else words -c "$4"; fi
        if [ "$5" = previous ]; then words --previous; fi
        words "--tail=$6" "--limit-bytes=$limit_bytes"
        if [ -n "$since" ]; then words "--since=$since"; fi
        if [ -n "$timestamps" ]; then words "$timestamps"; fi
        ;;
    esac
}
words() {
    for one_word in "$@"; do
        arguments="$arguments$one_word
"
    done
}

# Prints the arguments as they would be typed.
typed() {
    typed_line=${kubectl##*/}
    while [ $# -gt 0 ]; do
        case $1 in
        *[!A-Za-z0-9_./:=,@%+-]* | '')
            typed_word=$(printf '%s' "$1" | tr '\t\n' '  ' | sed "s/'/'\\\\''/g")
            typed_line="$typed_line '$typed_word'"
            ;;
        *) typed_line="$typed_line $1" ;;
        esac
        shift
    done
}

show() {
    command_of "$@"
    old_ifs=$IFS
    IFS='
'
    # shellcheck disable=SC2086 # split at line ends
    typed $arguments
    IFS=$old_ifs
    printf '%s\n' "$typed_line"
}

if [ -n "$dry_run" ]; then
    echo "# every command also gets: --cache-dir (inside the output folder) --request-timeout=${timeout}s"
    typed version -o json
    echo "$typed_line"
    typed api-resources
    echo "$typed_line"
    scopes=$namespaces
    if [ -z "$namespaces" ]; then
        typed get namespaces -o json
        echo "$typed_line"
        scopes=all
        echo "# what is refused for all namespaces at once is asked for each namespace"
    fi
    for scope in $scopes; do show list pods.json pods json "$scope"; done
    show_lists() {
        printf '%s' "$1" | while read -r file resource how; do
            if [ -n "$file" ]; then show list "$file" "$resource" "$how" "$2"; fi
        done
    }
    show_lists "$cluster_lists" cluster
    for scope in $scopes; do show_lists "$first_lists" "$scope"; done
    echo "# for the nodes of pods that are not healthy or restarted, and nodes that are not ready, 10 at a time"
    show describe cluster NODE
    echo "# for pods that are not healthy or restarted, 20 of a namespace at a time"
    show describe NAMESPACE POD
    echo "# for every container of those pods"
    show log NAMESPACE POD CONTAINER current "$tail"
    show log NAMESPACE POD CONTAINER previous "$tail"
    show top top-nodes.txt nodes cluster
    for scope in $scopes; do
        show top top-pods.txt pods "$scope"
        show_lists "$next_lists" "$scope"
    done
    show_lists "$last_cluster_lists" cluster
    for scope in $scopes; do show_lists "$last_lists" "$scope"; done
    if [ -n "$all_logs" ]; then echo "# then the logs of every container of the healthy pods, in the same way"; fi
    exit 0
fi

for tool in awk sed sort tr cut tar gzip date sleep; do
    command -v "$tool" >/dev/null 2>&1 || fail "needs $tool, which is not on PATH"
done
command -v "$kubectl" >/dev/null 2>&1 || fail "no $kubectl on PATH; install kubectl or pass --kubectl PATH"

# --- the folder ----------------------------------------------------------------------------------------------------

started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
stamp=$(date -u +%Y%m%dT%H%M%SZ)
[ -d "$output" ] || fail "--output: no folder '$output'"
base=$(cd "$output" && pwd) || fail "cannot enter '$output'"
top=kubemortem-$stamp
attempt=1
until mkdir "$base/$top" 2>/dev/null; do
    attempt=$((attempt + 1))
    if [ "$attempt" -gt 9 ]; then fail "cannot make a folder in '$base' (no right to write, or the disk is full)"; fi
    top=kubemortem-$stamp-$attempt
done
out=$base/$top
work=$out/.work
state=$work/state
cache=$work/cache
mkdir -p "$state" "$cache" "$out/cluster/describe" "$out/namespaces" || fail "cannot write to '$out'"

cat >"$work/mask.awk" <<'AWK'
# What a credential looks like, and its mask. Counts go to masked["env"], ["argument"], ["annotation"], ["other"].
BEGIN {
    MASK = "[REDACTED]"
}

# 1: the line may hold something to mask, whatever the name of its variable. Patterns stand as literals: some awks
# compile any other each time.
function suspicious(line) {
    return line ~ /:\/\/[^ ]*@|@(tcp|udp|unix)\(|eyJ[A-Za-z0-9]|A(KI|SI|RO|ID)A[A-Z0-9]|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|k_live_|k_test_|hv[sb]\.|dop_v1_|SG\.|ya29\.|-----BEGIN|[Bb][Ee][Aa][Rr][Ee][Rr] |[Bb]asic |[Pp]ass|PASS|[Tt]oken|TOKEN|[Ss]ecret|SECRET|[Cc]redential|CREDENTIAL|[Kk]ey[A-Za-z_.-]*\\*["']? *[=:]|KEY|[Cc]ookie|COOKIE|[Pp]wd|PWD|AUTH|[Aa]uth\\*["']? *[=:]|curl|wget|mysql|mariadb|last-applied-configuration/
}

# 1: a name that ends so says something about a credential and does not hold it.
function about(flat) {
    return flat ~ /(name|names|file|files|path|paths|dir|directory|url|uri|ref|refs|reference|seconds|ttl|expiry|expiration|expires|type|types|count|namespace|enabled|disabled|length|len|size|policy|mount|mounts|version|provider|header|algorithm|request|requests|review|controller|manager|lookup|required|valid|volume|volumes|selector|class|store|tokens|secrets|passwords|keys|keyref|error|errors|mode|endpoint|server|service|issuer|audience|rotation|id|status|index|prefix|suffix|format|timeout|account|port|host|region|minutes|days|min|max)$/
}

# 1: a value under this name is a credential.
function credential(name,    flat, variable) {
    flat = tolower(name)
    gsub(/[^a-z0-9]/, "", flat)
    variable = name ~ /_/ && name !~ /[a-z]/ && length(name) >= 4
    if (flat ~ /(secretid|password|passwd|passphrase)$/) return 1
    if (about(flat)) return 0
    if (flat ~ /password|passwd|passphrase|passwort|pwd/) return 1
    if (flat ~ /^(requirepass|masterauth|dockerconfigjson|dockercfg)$/) return 1
    if (flat ~ /dbpass$/ || name ~ /(^|[^A-Za-z0-9])([Pp][Aa][Ss][Ss]|[Uu]ser[Pp]ass|USERPASS)([^A-Za-z0-9]|$)/ || name ~ /[a-z]Pass$/) return 1
    if (flat ~ /secret/)
        return variable || flat ~ /(client|app|api|jwt|shared|consumer|session|cookie|signing|webhook|hmac)secret$/ || flat ~ /secret(accesskey|keybase|key|token)$/
    if (flat ~ /token/) return variable || flat != "token"
    if (flat ~ /(partition|routing|primary|foreign|cache|sort|group|shard|object|message|config|lookup|hot|index)key$/) return 0
    if (flat ~ /key$/)
        return variable || flat ~ /(api|access|private|encryption|signing|auth|account|shared|master|session|storage|license|subscription|ssh|tls|jwt|hmac|aes|secret|client|server|cookie|function|host)key$/
    if (flat ~ /keydata$/) return 1
    return variable && (flat ~ /(auth|cookie|salt)$/ || flat ~ /credential/)
}

# 1: the literal value of a variable of this name is a credential.
function credential_variable(name,    flat) {
    if (credential(name)) return 1
    flat = tolower(name)
    return flat ~ /^(token|pass|secret|auth|cookie|credentials?|apikey)$/ || flat ~ /(secret|token|_pass)$/
}

# 1: stands where a credential would, and is none.
function placeholder(value,    word) {
    if (value == "" || value ~ /^(<|\\u003c|\$\(|\$\{|\$[A-Z_][A-Z0-9_]*$|\[REDACTED|\[MASKED)/ || value ~ /^[*xX.?#_-]+$/) return 1
    if (value ~ /^\/(etc|var|run|tmp|app|opt|usr|home|root|mnt|data|secrets|vault|srv|config|dev|proc)(\/|$)/) return 1
    word = tolower(value)
    return word ~ /^(true|false|null|nil|none|undefined|unset|yes|no|on|off|redacted|masked|hidden|empty)$/
}

# The text with its credentials masked. `script`: `name: value` counts too, as in a configuration inside an argument.
function redact(text, script,    before) {
    before = hits
    text = urls(text)
    text = tokens(text)
    text = programs(text)
    return named(text, script)
}

function urls(text,    done, found, user, at) {
    done = ""
    while (match(text, /:\/\/[^ \/"'<>`]*@/) || match(text, /:\/\/[^ :\/@"'<>`]*:[^ 0-9@"'<>`][^ @"'<>`]*@/)) {
        found = substr(text, RSTART, RLENGTH)
        at = index(substr(found, 4), ":")
        if (at && !placeholder(substr(found, at + 4, length(found) - at - 4))) {
            done = done substr(text, 1, RSTART + at + 2) MASK "@"
            hits++
        } else done = done substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
    }
    text = done text
    done = ""
    while (match(text, /[^ :@"'=(`]+:[^ "'`]+@(tcp|udp|unix)\(/)) {
        found = substr(text, RSTART, RLENGTH)
        at = index(found, ":")
        match(found, /@(tcp|udp|unix)\($/)
        user = substr(found, 1, at)
        hits++
        found = substr(found, RSTART)
        at = index(text, user)
        done = done substr(text, 1, at - 1) user MASK found
        text = substr(text, at)
        text = substr(text, index(text, found) + length(found))
    }
    return done text
}

function tokens(text,    done, found, kind, rest, end) {
    done = ""
    while (match(text, /eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/)) {
        if (RLENGTH >= 16) {
            done = done substr(text, 1, RSTART - 1) MASK
            hits++
        } else done = done substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
    }
    text = done text
    done = ""
    while (match(text, /(A(KI|SI|RO|ID)A|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|[rs]k_live_|[rs]k_test_|hv[sb]\.|dop_v1_|SG\.|ya29\.)[A-Za-z0-9_.-]+/)) {
        found = substr(text, RSTART, RLENGTH)
        if (RLENGTH >= 16 && found ~ /[0-9]/ && (RSTART == 1 || substr(text, RSTART - 1, 1) !~ /[A-Za-z0-9]/)) {
            done = done substr(text, 1, RSTART + 3) MASK
            hits++
        } else done = done substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
    }
    text = done text
    done = ""
    while (match(text, /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/)) {
        done = done substr(text, 1, RSTART + RLENGTH - 1) MASK
        text = substr(text, RSTART + RLENGTH)
        hits++
        end = index(text, "-----END")
        text = end ? substr(text, end) : ""
    }
    text = done text
    done = ""
    while (match(text, /([Bb][Ee][Aa][Rr][Ee][Rr]|[Bb]asic|BASIC)[ :]+[A-Za-z0-9._~+\/=-]+/)) {
        found = substr(text, RSTART, RLENGTH)
        match(found, /^[A-Za-z]+[ :]+/)
        kind = substr(found, 1, RLENGTH)
        rest = substr(found, RLENGTH + 1)
        end = index(text, found)
        if (length(rest) >= 8 && (tolower(kind) ~ /bearer/ ? (rest ~ /[0-9]/ || length(rest) >= 24) : (rest ~ /[0-9=]/ && rest ~ /[A-Z]/))) {
            done = done substr(text, 1, end - 1) kind MASK
            hits++
        } else done = done substr(text, 1, end + length(found) - 1)
        text = substr(text, end + length(found))
    }
    return done text
}

# Passwords by a program's own flag: curl -u user:password, mysql -ppassword.
function programs(text,    found, at) {
    if (text ~ /curl|wget/ && match(text, /[ "'](-u|--user|--proxy-user)[ =]["']?[^ "':]+:[^ "'\\]+/)) {
        found = substr(text, RSTART, RLENGTH)
        at = RSTART
        match(found, /^[ "'](-u|--user|--proxy-user)[ =]["']?[^ "':]+:/)
        if (!placeholder(substr(found, RLENGTH + 1))) {
            hits++
            text = substr(text, 1, at - 1) substr(found, 1, RLENGTH) MASK substr(text, at + length(found))
        }
    }
    if (text ~ /mysql|mariadb/ && match(text, / -p[^ "'\\]+/) && !placeholder(substr(text, RSTART + 3, RLENGTH - 3))) {
        hits++
        text = substr(text, 1, RSTART + 2) MASK substr(text, RSTART + RLENGTH)
    }
    return text
}

function named(text, script,    done, low, name, flag, start, quote, value, end, slash) {
    done = ""
    low = tolower(text)
    while (match(low, /[a-z0-9_.-]*(pass|pwd|secret|token|key|auth|credential|cookie|dockerc)[a-z0-9_.-]*/)) {
        name = substr(text, RSTART, RLENGTH)
        done = done substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        flag = name ~ /^--/
        sub(/^[-.]+/, "", name)
        sub(/[.-]+$/, "", name)
        start = 0
        if (credential(name)) {
            # The separator, and the quote that opens the value.
            if (match(text, /^\\*["']? *(=>|:=|=) *\\*["']?/) && substr(text, 1, RLENGTH + 1) !~ /==/) start = RLENGTH
            else if (match(text, /^\\*["'] *: *\\*["']/)) start = RLENGTH
            else if (flag && match(text, /^ +["']?[^-]/)) start = RLENGTH - 1
            else if (script && match(text, /^: +\\*["']?/)) start = RLENGTH
        }
        if (start) {
            quote = ""
            if (match(substr(text, 1, start), /\\*["']$/) && substr(text, 1, start) ~ /[=:> ]\\*["']$/) quote = substr(text, RSTART, RLENGTH)
            done = done substr(text, 1, start)
            text = substr(text, start + 1)
            if (quote != "") {
                end = index(text, quote)
                value = end ? substr(text, 1, end - 1) : text
            } else {
                match(text, /^([^ \t"'`\\]|\\\\)*/)
                value = substr(text, 1, RLENGTH)
                if (match(value, /[,;&][A-Za-z0-9_. -]+[=:]/)) value = substr(value, 1, RSTART - 1)
                sub(/[],;)}]+$/, "", value)
            }
            if (!placeholder(value)) {
                hits++
                done = done MASK
                text = substr(text, length(value) + 1)
            }
        }
        low = tolower(text)
    }
    return done text
}

# An element of a command line, masked; the flag before it may say that it is a credential.
function element(text,    bare) {
    bare = text
    if (secret_next) {
        secret_next = 0
        if (bare !~ /^-/ && !placeholder(bare)) {
            hits++
            return MASK
        }
    }
    if (program == "") program = bare
    if (bare ~ /^--?[A-Za-z][A-Za-z0-9_.-]*$/) {
        sub(/^-+/, "", bare)
        secret_next = credential(bare) || (bare == "a" && program ~ /redis/)
        if (text ~ /^-p./ && program ~ /mysql|mariadb/) {
            hits++
            return "-p" MASK
        }
        return text
    }
    if (suspicious(text)) return redact(text, 1)
    return text
}

function report_masks(file) {
    for (kind in masked) print kind, masked[kind] >> file
}
AWK

cat >"$work/json.awk" <<'AWK'
# Reads `kubectl get -o json` (a List, four blanks a level), masks it, writes it on with the same lines.
#   by=1   one List per namespace, to dir/NAMESPACE/file; else to standard output
#   scope     names of the namespaces that were asked for, a file; empty: those that come
#   index_to  what the pods' logs are fetched by: namespace pod node state owner containers
#   counts    where the masks are counted; written: where the written files are listed
#   status    a file that holds kubectl's exit status when its output has ended
BEGIN {
    while (scope != "" && (getline line < scope) > 0) {
        wanted[line] = 1
        order[++namespaces] = line
    }
}

function valid(name) { return name ~ /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/ }
function text_of(line) {
    sub(/^ *"[^"]*": "/, "", line)
    sub(/",?$/, "", line)
    return line
}

# Masks the string that stands on the line; `as`: the kind of mask that is counted.
function mask_line(line, as, whole, script,    start, end, text, before) {
    if (match(line, /^ *"([^"\\]|\\.)*": "/)) start = RLENGTH
    else if (match(line, /^ *"/)) start = RLENGTH
    else return line
    if (!match(line, /",?$/) || RSTART <= start) return line
    end = RSTART
    text = substr(line, start + 1, end - start - 1)
    before = hits
    if (whole) {
        hits++
        text = MASK
    } else if (as == "argument") text = element(text)
    else text = redact(text, script)
    if (hits == before) return line
    masked[as] += hits - before
    return substr(line, 1, start) text substr(line, end)
}

{
    line = $0
    match(line, /[^ ]/)
    depth = RSTART
}

!in_item {
    if (depth == 9 && line == "        {") {
        in_item = 1
        lines = 0
        seen++
        namespace = pod = node = owner = phase = containers = section = list = ""
        deleting = restarted = unready = conditions = 0
    } else {
        if (line ~ /^    "items": \[/) is_list = 1
        # Whatever is not known as the frame of a list is not written: it could not be masked.
        if (line !~ /^[{}]$|^    ("(apiVersion|kind)": "[A-Za-z0-9.\/]*",?|"items": \[(],)?|"metadata": \{(},?)?|[]}],?)$|^        "(resourceVersion|selfLink)": "[^"]*",?$/) strange = 1
        else if (!by) print line
        next
    }
}

in_array {
    if (depth == array_depth) in_array = 0
    else line = mask_line(line, "argument", 0, 1)
}

!in_array && (depth > 13) {
    if (line ~ /^ *"(command|args)": \[$/) {
        in_array = 1
        array_depth = depth
        program = ""
        secret_next = 0
    } else if (line ~ /^ *"name": "/) {
        name = text_of(line)
        named_at = depth
        named_line = NR
    } else if (line ~ /^ *"value": "/ && named_line == NR - 1 && named_at == depth) {
        value = text_of(line)
        if ((credential_variable(name) || tolower(name) ~ /^(proxy-)?authorization$/) && !placeholder(value)) line = mask_line(line, "env", 1)
        else if (suspicious(line)) line = mask_line(line, "env", 0, 1)
    } else if (suspicious(line)) {
        if (line ~ /^ *"kubectl.kubernetes.io\/last-applied-configuration": "/) line = mask_line(line, "annotation", 1)
        else if (match(line, /^ *"[^"\\]*": "/)) {
            key = substr(line, 1, RLENGTH - 4)
            sub(/^ *"/, "", key)
            value = text_of(line)
            if (credential(key) && !placeholder(value)) line = mask_line(line, section == "metadata" ? "annotation" : "other", 1)
            else line = mask_line(line, section == "metadata" ? "annotation" : "other", 0, 0)
        } else line = mask_line(line, "other", 0, 0)
    }
}

depth == 13 {
    section = line
    sub(/^ *"/, "", section)
    sub(/".*/, "", section)
}

section == "metadata" && depth == 17 && line ~ /^ *"namespace": "/ { namespace = text_of(line) }

index_to != "" {
    if (depth == 17) {
        list = line
        sub(/^ *"/, "", list)
        sub(/".*/, "", list)
        if (section == "metadata") {
            if (list == "name") pod = text_of(line)
            if (list == "deletionTimestamp") deleting = 1
        } else if (section == "spec" && list == "nodeName") node = text_of(line)
        else if (section == "status" && list == "phase") phase = text_of(line)
    } else if (depth == 25) {
        if (section == "metadata") {
            if (list == "ownerReferences" && line ~ /"name": "/) owner = text_of(line)
        } else if (section == "spec") {
            if (list ~ /^(containers|initContainers|ephemeralContainers)$/ && line ~ /"name": "/) containers = containers "," text_of(line)
        } else if (section == "status") {
            if (list ~ /ontainerStatuses$/) {
                if (line ~ /"restartCount": [1-9]/ || line ~ /"lastState": \{$/) restarted = 1
                if (list == "containerStatuses" && line ~ /"ready": false/) unready = 1
            } else if (list == "conditions") {
                if (line ~ /"status": "/) condition = text_of(line)
                if (line ~ /"type": "Ready"/ && condition != "True") unready = 1
            }
        }
    }
}

{ buffer[++lines] = line }

depth == 9 && line ~ /^        }/ { # the end of an item
    in_item = 0
    section = ""
    flush_item()
}

function flush_item(    i) {
    if (index_to != "" && valid(pod) && valid(namespace)) {
        restarted = restarted ? 1 : 0
        healthy = !deleting && (phase == "Succeeded" || (phase == "Running" && !unready))
        if (node != "" && !valid(node)) node = ""
        print namespace, pod, (node == "" ? "-" : node), (healthy ? 2 - restarted : 0), (valid(owner) ? owner : "-"), (containers == "" ? "-" : substr(containers, 2)) >> index_to
    }
    if (!by) {
        for (i = 1; i <= lines; i++) print buffer[i]
        return
    }
    if (!valid(namespace) || (scope != "" && !(namespace in wanted))) return
    if (namespace != open_namespace) {
        if (open_namespace != "") close(path)
        open_namespace = namespace
        path = dir "/" namespace "/" file
        if (!(namespace in items) && !(namespace in wanted)) {
            system("mkdir -p '" dir "/" namespace "'")
            order[++namespaces] = namespace
            wanted[namespace] = 1
        }
    }
    if (!(namespace in items)) put("{\n    \"apiVersion\": \"v1\",\n    \"items\": [")
    else put("        },")
    items[namespace]++
    for (i = 1; i < lines; i++) put(buffer[i])
}

function put(text) {
    print text >> path
    bytes[namespace] += length(text) + 1
}

END {
    if (in_item) { # cut in the middle
        strange = 1
        flush_item()
    }
    if (by) {
        if (open_namespace != "") close(path)
        # Of a list that failed (kubectl then prints an empty one) nothing says that a namespace has none.
        if ((getline ended < status) <= 0) ended = 1
        for (i = 1; i <= namespaces && (is_list || seen); i++) {
            namespace = order[i]
            if (ended != 0 && !(namespace in items)) continue
            path = dir "/" namespace "/" file
            if (namespace in items) put("        }\n    ],")
            else put("{\n    \"apiVersion\": \"v1\",\n    \"items\": [],")
            put("    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}")
            close(path)
            print file, namespace, bytes[namespace] >> written
        }
    }
    report_masks(counts)
    if (strange) exit 9
}
AWK

cat >"$work/text.awk" <<'AWK'
# Reads tables and descriptions, masks them, writes them on with the same lines.
#   by=table     one table per namespace, to dir/NAMESPACE/file, by the NAMESPACE column
#   by=describe  one description per object, to dir/PREFIXname.txt; names: those that were asked for, blanks between
BEGIN {
    while (scope != "" && (getline line < scope) > 0) {
        wanted[line] = 1
        order[++namespaces] = line
    }
    count = split(names, list, " ")
    for (i = 1; i <= count; i++) asked[list[i]] = 1
}
function put(text) {
    if (path == "") {
        if (!by) print text
        return
    }
    print text >> path
    bytes[path] += length(text) + 1
}

{ line = $0 }

by == "table" {
    if (NR == 1) {
        header = line
        next
    }
    namespace = $1
    if (namespace !~ /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/ || (scope != "" && !(namespace in wanted))) next
    if (namespace != open_namespace) {
        if (path != "") close(path)
        open_namespace = namespace
        path = dir "/" namespace "/" file
        if (!(namespace in wanted)) {
            system("mkdir -p '" dir "/" namespace "'")
            order[++namespaces] = namespace
            wanted[namespace] = 1
        }
        if (!(path in bytes)) put(header)
    }
    put(mask_text(line, "other"))
    next
}

by == "describe" && /^Name: / && (NR == 1 || previous == "") && ($2 in asked) {
    if (path != "") close(path)
    path = dir "/" prefix $2 ".txt"
    made[$2] = path
    block = ""
    pending = 0
}

{
    previous = line
    match(line, /[^ ]/)
    depth = RSTART
    # The last lines of a file are the blank ones between two descriptions.
    if (by == "describe" && line == "") {
        pending++
        next
    }
    while (pending > 0) {
        put("")
        pending--
    }
    if (private_key) { # over several lines
        if (index(line, "-----END")) private_key = 0
        else line = substr(line, 1, depth - 1) MASK
    } else if (line ~ /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/ && !index(line, "-----END")) private_key = 1
    if (block != "" && depth <= block_depth) block = ""
    if (match(line, /^ *(Environment|Args|Command|Annotations):/)) {
        block = line
        sub(/^ */, "", block)
        sub(/:.*/, "", block)
        block_depth = depth
        name_depth = 0
        hide = 0
        program = ""
        secret_next = 0
        if (suspicious(line)) line = mask_text(line, "annotation")
        put(line)
        next
    }
    if (block == "Environment") {
        if (!name_depth) name_depth = depth
        if (depth > name_depth) { # goes on
            if (hide) line = substr(line, 1, depth - 1) MASK
            else if (suspicious(line)) line = mask_text(line, "env")
        } else {
            hide = 0
            if (match(line, /^ *[^ :]+: +/)) {
                value = substr(line, RLENGTH + 1)
                start = RLENGTH
                name = line
                sub(/^ */, "", name)
                sub(/:.*/, "", name)
                if (credential_variable(name) && !placeholder(value)) {
                    line = substr(line, 1, start) MASK
                    masked["env"]++
                    hide = 1
                } else if (suspicious(line) && value !~ /^</) line = substr(line, 1, start) mask_text(value, "env")
            }
        }
    } else if (block == "Args" || block == "Command") {
        before = hits
        line = substr(line, 1, depth - 1) element(substr(line, depth))
        masked["argument"] += hits - before
    } else if (suspicious(line)) line = mask_text(line, block == "Annotations" ? "annotation" : "other")
    put(line)
}

function mask_text(text, as,    before) {
    if (!suspicious(text)) return text
    before = hits
    text = redact(text, as != "other")
    masked[as] += hits - before
    return text
}

END {
    if (by == "table") {
        if (path != "") close(path)
        if ((getline ended < status) <= 0) ended = 1
        for (i = 1; i <= namespaces && header != ""; i++) {
            path = dir "/" order[i] "/" file
            if (ended != 0 && !(path in bytes)) continue
            if (!(path in bytes)) put(header)
            print file, order[i], bytes[path] >> written
            close(path)
        }
    } else if (by == "describe") {
        if (path != "") close(path)
        for (i = 1; i <= count; i++) if (list[i] in made) print list[i], bytes[made[list[i]]] >> written
    }
    for (kind in masked) if (masked[kind] == 0) delete masked[kind]
    report_masks(counts)
}
AWK

# --- running kubectl -----------------------------------------------------------------------------------------------

# Replaces a subshell by kubectl; its number is then kubectl's own.
kube() {
    # shellcheck disable=SC2086 # nothing or two words
    exec "$kubectl" --cache-dir "$cache" --request-timeout "${timeout}s" ${context:+--context "$context"} \
        ${kubeconfig:+--kubeconfig "$kubeconfig"} "$@" </dev/null
}

# Keeps the time for all, stops what takes too long, and everything if the collector itself was killed.
watch_over() {
    while sleep 1; do
        { date +%s >"$state/clock.new" && mv "$state/clock.new" "$state/clock"; } || [ -d "$state" ] || exit
        read -r now <"$state/clock"
        alive=yes
        kill -0 $$ || alive=
        w=0
        while [ "$w" -le "$parallel" ]; do
            if read -r pid deadline <"$state/running.$w"; then
                if [ -z "$alive" ] || [ "$now" -gt $((deadline + 3)) ]; then
                    true >"$state/timed.$w"
                    kill -9 "$pid"
                    # What a wrapper around kubectl left behind may hold the filter.
                    if [ "$now" -gt $((deadline + 5)) ] && read -r pid <"$state/filtering.$w"; then kill "$pid"; fi
                elif [ "$now" -gt "$deadline" ]; then
                    true >"$state/timed.$w"
                    kill "$pid"
                fi
            fi
            w=$((w + 1))
        done
        [ -n "$alive" ] || exit
    done
} >/dev/null 2>&1 </dev/null

# row PATH STATUS SECONDS BYTES COMMAND
row() { printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$round" "$number" "$rows" "$@" >>"$state/rows.$w" && rows=$((rows + 1)); }

clock() { read -r now <"$state/clock" || now=${now:-0}; }

# The size of a file in `size`.
measure() {
    size=0
    if [ -s "$1" ]; then
        size=$(wc -c <"$1")
        size=$((size))
    fi
}

# Whether what stands in a file is an error that may pass.
passing() {
    while IFS= read -r line; do
        case $line in
        *'unexpected EOF'* | *': EOF' | *'connection reset'* | *'connection refused'* | *'was refused'* | *'(ServiceUnavailable)'* | \
            *'(InternalError)'* | *'(TooManyRequests)'* | *'(ServerTimeout)'* | *'try again'* | *'TLS handshake timeout'* | \
            *'http2: '* | *'unable to handle the request'* | *'Internal error occurred'* | *'etcdserver: '* | *'parameter is too old'*) return 0 ;;
        esac
    done <"$1"
    return 1
}

# execute TARGET ERRORS FILTER: runs kubectl with `arguments`; FILTER is json, text or none. Sets `status` and `seconds`.
execute() {
    clock
    begun=$now
    deadline=$((now + timeout))
    old_ifs=$IFS
    IFS='
'
    # shellcheck disable=SC2086 # one argument a line
    set -- "$1" "$2" "$3" $arguments
    IFS=$old_ifs
    target=$1
    errors=$2
    filter=$3
    shift 3
    typed "$@"
    # Small answers of a short life: collecting garbage costs kubectl more than the garbage.
    case $1 in
    logs | describe) export GOGC=400 ;;
    *) unset GOGC ;;
    esac
    if [ "$filter" = none ]; then
        kube "$@" >"$target" 2>"$errors" &
        child=$!
        echo "$child $deadline" >"$state/running.$w"
        if [ -n "$cut" ]; then kill "$child"; fi
        wait_for "$child"
        status=$waited
    else
        {
            kube "$@" 2>"$errors" &
            echo "$! $deadline" >"$state/running.$w"
            wait $!
            echo "$?" >"$state/status.$w"
        } | awk -f "$work/mask.awk" -f "$work/$filter.awk" -v "counts=$state/masks.$w" -v "written=$state/written.$w" \
            -v "dir=$filter_dir" -v "file=$filter_file" -v "scope=$filter_scope" -v "by=$filter_split" \
            -v "names=$filter_names" -v "prefix=$filter_prefix" -v "index_to=$filter_index" -v "status=$state/status.$w" \
            >"$target" 2>"$state/filter.$w" &
        filtering=$!
        echo "$filtering" >"$state/filtering.$w"
        wait_for "$filtering"
        status=1
        read -r status <"$state/status.$w" || status=1
        if [ "$waited" -ne 0 ]; then
            if [ "$status" -eq 0 ]; then status=1; fi
            if [ "$waited" -eq 9 ]; then
                echo "kubemortem: the output ends early or has no form of kubectl" >>"$errors"
            else
                cat "$state/filter.$w" >>"$errors"
            fi
        fi
    fi
    true >"$state/running.$w"
    true >"$state/filtering.$w"
    clock
    seconds=$((now - begun))
    if [ -e "$state/timed.$w" ]; then
        rm -f "$state/timed.$w"
        status=124
        echo "kubemortem: timed out after $timeout s" >>"$errors"
    elif [ -n "$cut" ] && [ "$status" -ne 0 ]; then
        status=143
        echo "kubemortem: interrupted" >>"$errors"
    fi
    if [ "$status" -eq 0 ]; then
        if [ -s "$state/unanswered" ]; then true >"$state/unanswered"; fi
    elif no_answer "$errors"; then
        echo "$target" >>"$state/unanswered"
        vain=0
        while read -r line; do vain=$((vain + 1)); done <"$state/unanswered"
        if [ "$vain" -ge 8 ]; then
            rm -f "$state/go" "$state/answers"
        fi
    fi
}

# Whether the API server itself could not be reached.
no_answer() {
    while IFS= read -r line; do
        case $line in
        'Error from server'*) return 1 ;;
        'Unable to connect to the server'* | 'The connection to the server '*) return 0 ;;
        esac
    done <"$1"
    return 1
}

# Whether a command failed because the disk is full; then nothing else is begun.
full_disk() {
    if ! grep -i -e 'no space left' -e 'quota exceeded' "$1" >/dev/null 2>&1; then
        if [ -s "$1" ] || [ "$(df -Pk "$out" 2>/dev/null | awk 'NR == 2 { print ($4 < 512) }')" != 1 ]; then return 1; fi
    fi
    rm -f "$state/go" "$state/room" "$state/reserve"
}

wait_for() {
    wait "$1"
    waited=$?
    # A signal ends the waiting, not the command.
    while [ "$waited" -gt 128 ] && kill -0 "$1" 2>/dev/null; do
        wait "$1"
        waited=$?
    done
}

filter_reset() {
    filter_dir=
    filter_file=
    filter_scope=
    filter_split=
    filter_names=
    filter_prefix=
    filter_index=
}

# Takes back what a list of all namespaces has written so far.
unwrite() {
    if [ -n "$filter_index" ]; then rm -f "$filter_index"; fi
    case $filter_split in
    1 | table)
        while read -r file namespace size; do rm -f "$out/namespaces/$namespace/$file"; done <"$state/written.$w"
        true >"$state/written.$w"
        ;;
    esac
}

# One command into one file, tried again once if the error may pass. fetch PATH FILTER
fetch() {
    execute "$out/$1" "$out/$1.stderr" "$2"
    if [ "$status" -ne 0 ] && full_disk "$out/$1.stderr"; then return; fi
    if [ "$status" -ne 0 ] && [ "$status" -lt 124 ] && [ -z "$cut" ] && passing "$out/$1.stderr"; then
        sleep 1
        spent=$seconds
        if [ "$2" != none ]; then unwrite; fi
        execute "$out/$1.again" "$out/$1.again.stderr" "$2"
        seconds=$((seconds + spent))
        measure "$out/$1"
        before=$size
        measure "$out/$1.again"
        if [ "$status" -eq 0 ] || [ "$size" -ge "$before" ]; then
            mv "$out/$1.again" "$out/$1"
            mv "$out/$1.again.stderr" "$out/$1.stderr"
        fi
        rm -f "$out/$1.again" "$out/$1.again.stderr"
    fi
}

# Whether a list of all namespaces failed so that each by itself may succeed: refused, or too much at once.
one_by_one() {
    if [ "$status" -eq 124 ]; then return 0; fi
    if [ "$status" -eq 0 ]; then return 1; fi
    while IFS= read -r line; do
        case $line in *orbidden*) return 0 ;; esac
    done <"$1"
    case $2 in
    'pods json' | 'events json') return 0 ;; # worth the attempt: the largest lists, and the most needed
    esac
    return 1
}

# What one command of a list gave: split over the namespaces, or a file of its own.
task_list() { # FILE RESOURCE HOW SCOPE
    filter_reset
    filter=text
    if [ "$3" = json ]; then filter=json; fi
    if [ "$3" = json ] && [ "$2" = pods ]; then filter_index=$state/index.$w; fi
    command_of list "$@"
    task_output "$@"
}

task_top() { # FILE RESOURCE SCOPE
    filter_reset
    filter=text
    command_of top "$@"
    task_output "$1" "$2" top "$3"
}
task_output() { # FILE RESOURCE HOW SCOPE
    case $4 in
    cluster) path=cluster/$1 ;;
    all)
        path=cluster/$1
        filter_dir=$out/namespaces
        filter_file=$1
        filter_split=1
        if [ "$filter" = text ]; then filter_split=table; fi
        filter_scope=$filter_namespaces
        ;;
    *) path=namespaces/$4/$1 ;;
    esac
    true >"$state/written.$w"
    if [ -n "$filter_index" ]; then rm -f "$filter_index"; fi
    fetch "$path" "$filter"
    if [ "$4" = all ] && [ "$status" -ne 0 ] && [ -z "$cut" ] && one_by_one "$out/$path.stderr" "$2 $3"; then
        unwrite
        printf '%s\n' "$1 $2 $3" >>"$state/retry"
        printf '%s\n' "$2" >>"$state/refused"
        rm -f "$out/$path" "$out/$path.stderr"
        return
    fi
    if [ -n "$filter_index" ] && [ -s "$filter_index" ]; then cat "$filter_index" >>"$state/index"; fi
    if [ "$4" != all ]; then
        measure "$out/$path"
        row "$path" "$status" "$seconds" "$size" "$typed_line"
        total=$((total + size))
        return
    fi
    rm -f "$out/$path"
    if [ "$status" -eq 0 ] && ! [ -s "$state/written.$w" ]; then
        # No object of the kind anywhere, so not even a header.
        while IFS= read -r namespace; do
            true >"$out/namespaces/$namespace/$1"
            echo "$1 $namespace 0"
        done <"$scope_file" >"$state/written.$w"
    fi
    while read -r file namespace size; do
        if [ "$status" -ne 0 ]; then cp "$out/$path.stderr" "$out/namespaces/$namespace/$file.stderr"; fi
        row "namespaces/$namespace/$file" "$status" "$seconds" "$size" "$typed_line"
        total=$((total + size))
    done <"$state/written.$w"
    if [ "$status" -eq 0 ]; then rm -f "$out/$path.stderr"; else row "$path" "$status" "$seconds" 0 "$typed_line"; fi
}

task_describe() { # SCOPE NAME...
    describe_some "$@"
    scope=$1
    if [ $# -gt 2 ] && [ -n "$unmade" ] && [ -z "$cut" ] && { [ "$status" -eq 124 ] || passing "$state/errors.$w"; }; then
        # One of them held the others up: each by itself, until it is plain that all are slow.
        vain=0
        lost=$unmade
        for one in $lost; do
            if [ "$vain" -lt 2 ] && [ -z "$cut" ]; then
                describe_some "$scope" "$one"
                if [ "$status" -eq 124 ]; then vain=$((vain + 1)); fi
            else
                unmade=$one
            fi
            describe_lost "$unmade"
        done
    else
        describe_lost "$unmade"
    fi
}

# Runs one describe and splits what it printed. Sets `unmade`: the names that are not in it.
describe_some() { # SCOPE NAME...
    filter_reset
    filter_split=describe
    if [ "$1" = cluster ]; then
        folder=cluster/describe
        filter_prefix=node-
    else
        folder=namespaces/$1/describe
        filter_prefix=pod-
    fi
    filter_dir=$out/$folder
    command_of describe "$@"
    shift
    filter_names=$*
    true >"$state/written.$w"
    execute "$state/described.$w" "$state/errors.$w" text
    if [ "$status" -ne 0 ]; then full_disk "$state/errors.$w"; fi
    made=" "
    while read -r described size; do
        row "$folder/$filter_prefix$described.txt" 0 "$seconds" "$size" "$typed_line"
        total=$((total + size))
        made="$made$described "
    done <"$state/written.$w"
    unmade=
    for described in "$@"; do
        case $made in *" $described "*) ;; *) unmade="$unmade $described" ;; esac
    done
}

# What could not be described, with the words for it.
describe_lost() { # "NAME..."
    for described in $1; do
        path=$folder/$filter_prefix$described.txt
        if ! grep -F "\"$described\"" "$state/errors.$w" >"$out/$path.stderr" 2>/dev/null; then
            cat "$state/errors.$w" >"$out/$path.stderr"
        fi
        if [ "$status" -eq 0 ]; then status=1; fi
        row "$path" "$status" "$seconds" 0 "$typed_line"
    done
}

task_log() { # NAMESPACE POD CONTAINER current|previous NODE
    path=namespaces/$1/logs/$2/$3.log
    if [ "$4" = previous ]; then path=namespaces/$1/logs/$2/$3.previous.log; fi
    # Each log of a node that is gone costs half a minute; three are enough to know.
    if [ -s "$state/gone.$5" ] && { read -r line && read -r line && read -r line; } <"$state/gone.$5"; then
        printf '%s\tthe node %s does not answer\n' "$path" "$5" >>"$state/passed.$w"
        return
    fi
    lines=$tail
    while :; do
        command_of log "$1" "$2" "$3" "$4" "$lines"
        fetch "$path" none
        measure "$out/$path"
        if [ "$status" -ne 0 ]; then
            if node_is_gone "$out/$path.stderr"; then echo "$path" >>"$state/gone.$5"; fi
        elif [ -s "$state/gone.$5" ]; then
            true >"$state/gone.$5"
        fi
        if [ "$size" -lt "$limit_bytes" ] || [ "$status" -ne 0 ]; then break; fi
        # The limit cuts the end off, and the end is what matters.
        if [ "$lines" -eq -1 ]; then lines=100000; fi
        if [ "$lines" -lt 10 ] || [ -n "$cut" ]; then
            echo "kubemortem: cut at $limit_bytes bytes; its end is missing" >>"$out/$path.stderr"
            break
        fi
        lines=$((lines / 10))
    done
    row "$path" "$status" "$seconds" "$size" "$typed_line"
    total=$((total + size))
}

# Whether the API server waited in vain for the node's kubelet.
node_is_gone() {
    while IFS= read -r line; do
        case $line in *:10250/*timeout* | *:10250/*'no route to host'* | *:10250/*'deadline exceeded'*) return 0 ;; esac
    done <"$1"
    return 1
}

# --- many at a time ------------------------------------------------------------------------------------------------

# Takes tasks from a file until none is left. Each is claimed by making a file, which only one worker can.
work_off() {
    w=$1
    cut=
    total=0
    rows=0
    trap '' INT HUP
    trap 'cut=yes; read -r child deadline <"$state/running.$w" && kill "$child"' TERM 2>/dev/null
    number=0
    while IFS= read -r task <&3; do
        number=$((number + 1))
        set -C
        if ! true 2>/dev/null >"$state/claims/$round.$number"; then
            set +C
            continue
        fi
        set +C
        if ! [ -e "$state/go" ]; then
            printf '%s\n' "$task" >>"$state/skipped.$w"
            continue
        fi
        sum=0
        for counted in $counters; do
            if read -r one <"$counted"; then sum=$((sum + one)); fi
        done
        if [ "$sum" -ge "$max_size" ]; then
            rm -f "$state/go" "$state/fits"
            printf '%s\n' "$task" >>"$state/skipped.$w"
            continue
        fi
        # shellcheck disable=SC2086 # names without blanks
        set -- $task
        kind=$1
        shift
        case $kind in
        list) task_list "$@" ;;
        top) task_top "$@" ;;
        describe) task_describe "$@" ;;
        log) task_log "$@" ;;
        esac
        echo "$((total + carried))" >"$state/bytes.$w"
    done 3<"$2"
} 2>/dev/null

# Runs the tasks of a file, `parallel` at a time.
run_tasks() {
    round=$((round + 1))
    if ! [ -s "$1" ]; then return; fi
    started_workers=
    w=1
    while [ "$w" -le "$parallel" ]; do
        carried=0
        read -r carried <"$state/bytes.$w" || carried=0
        work_off "$w" "$1" >/dev/null </dev/null &
        started_workers="$started_workers $!"
        w=$((w + 1))
    done
    workers=$started_workers
    for one_worker in $started_workers; do wait_for "$one_worker"; done
    workers=
}

# shellcheck disable=SC2329 # by the traps below
interrupt() {
    trap '' INT TERM HUP
    stopped=$1
    rm -f "$state/go"
    say "$1: packing what is there"
    for one_worker in $workers; do kill "$one_worker" 2>/dev/null; done
    if read -r child deadline <"$state/running.0"; then kill "$child" 2>/dev/null; fi
    cut=yes
}
going() { [ -z "$cut" ] && [ -e "$state/room" ] && [ -e "$state/answers" ]; }
stopped=
workers=
cut=
round=0
number=0
rows=0
total=0
w=0
counters=
mkdir -p "$state/claims"
while [ "$w" -le "$parallel" ]; do
    true >"$state/running.$w"
    true >"$state/filtering.$w"
    echo 0 >"$state/bytes.$w"
    counters="$counters $state/bytes.$w"
    w=$((w + 1))
done
w=0
# Files whose going stops the work: taking one away needs no room on the disk.
true >"$state/go"
true >"$state/fits"
true >"$state/room"
true >"$state/answers"
dd if=/dev/zero of="$state/reserve" bs=1024 count=1024 2>/dev/null || fail "no room in '$base'"
room=$(df -Pk "$out" 2>/dev/null | awk 'NR == 2 && $4 ~ /^[0-9]+$/ { print $4 }')
if [ -n "$room" ] && [ $((room * 700)) -lt "$max_size" ]; then
    max_size=$((room * 700))
    progress "takes at most $max_size bytes: $room kB are free in $base"
fi
true >"$state/index"
true >"$state/retry"
true >"$state/refused"
date +%s >"$state/clock" || fail "cannot write to '$out'"
trap 'interrupt "interrupted (SIGINT)"' INT
trap 'interrupt "interrupted (SIGTERM)"' TERM
trap 'interrupt "interrupted (SIGHUP)"' HUP
watch_over &
watcher=$!
trap 'kill "$watcher" 2>/dev/null' EXIT

# It writes into the folder that is taken away next.
stop_watching() {
    if [ -n "$watcher" ]; then
        kill "$watcher" 2>/dev/null
        wait "$watcher" 2>/dev/null
        watcher=
    fi
}
leave() { # STATUS
    stop_watching
    exit "$1"
}
nothing() {
    say "nothing was collected: $*"
    stop_watching
    rm -rf "$out"
    leave 2
}

# --- the cluster and its namespaces --------------------------------------------------------------------------------

first_error() {
    error=
    while IFS= read -r line; do
        case $line in
        '' | [EWI][0-9][0-9][0-9][0-9]\ * | Warning:*) ;;
        *)
            error=$line
            break
            ;;
        esac
    done <"$1"
}

filter_reset
whole_timeout=$timeout
if [ "$timeout" -gt 20 ]; then timeout=20; fi
arguments='version
-o
json
'
fetch cluster/version.json none
version_status=$status
measure "$out/cluster/version.json"
row cluster/version.json "$status" "$seconds" "$size" "$typed_line"
versions=$(awk '/"clientVersion"/ { side = "client" } /"serverVersion"/ { side = "server" }
    /"gitVersion"/ && !(side in seen) { gsub(/[",]/, ""); print side, $2; seen[side] = 1 }' "$out/cluster/version.json" 2>/dev/null)
kubectl_version=unknown
server_version=unknown
# shellcheck disable=SC2086 # pairs of words
set -- $versions
while [ $# -ge 2 ]; do
    case $1 in
    client) kubectl_version=$2 ;;
    server) server_version=$2 ;;
    esac
    shift 2
done
if [ "$version_status" -ne 0 ] && [ -z "$cut" ]; then
    first_error "$out/cluster/version.json.stderr"
    if [ "$kubectl_version" = unknown ] && [ "$size" -eq 0 ] && [ "$status" -ge 126 ] && [ "$status" -le 127 ]; then
        nothing "$kubectl does not run: $error"
    fi
fi
arguments='api-resources
'
fetch cluster/api-resources.txt none
measure "$out/cluster/api-resources.txt"
row cluster/api-resources.txt "$status" "$seconds" "$size" "$typed_line"
resources_status=$status
timeout=$whole_timeout
if [ "$version_status" -ne 0 ] && [ "$size" -eq 0 ] && [ -z "$cut" ]; then
    case $(cat "$out/cluster/version.json.stderr" "$out/cluster/api-resources.txt.stderr" 2>/dev/null) in
    *orbidden*) ;;
    *)
        first_error "$out/cluster/version.json.stderr"
        if [ -z "$error" ]; then first_error "$out/cluster/api-resources.txt.stderr"; fi
        nothing "no answer from the cluster. kubectl says: $error"
        ;;
    esac
fi

# The resources that the server does not have are not asked for.
served=
if [ "$resources_status" -eq 0 ]; then
    served=" $(awk 'NR > 1 { printf "%s ", $1 }' "$out/cluster/api-resources.txt")"
fi
is_served() {
    case $served in
    '' | *" $1 "*) return 0 ;;
    esac
    return 1
}

scope_file=$state/namespaces
filter_namespaces=
true >"$scope_file"
everywhere=
if [ -n "$namespaces" ]; then
    for namespace in $namespaces; do echo "$namespace" >>"$scope_file"; done
    # shellcheck disable=SC2086 # names without blanks
    arguments=$(printf '%s\n' get namespaces $namespaces)
    fetch cluster/namespaces.txt text
    measure "$out/cluster/namespaces.txt"
    row cluster/namespaces.txt "$status" "$seconds" "$size" "$typed_line"
elif [ -z "$cut" ]; then
    everywhere=yes
    arguments='get
namespaces
-o
json
'
    fetch cluster/namespaces.json json
    measure "$out/cluster/namespaces.json"
    namespaces_status=$status
    namespaces_row="$seconds $size"
    namespaces_line=$typed_line
    if [ "$status" -eq 0 ]; then
        awk 'match($0, /^            "metadata": \{/) { on = 1 } /^            \}/ { on = 0 }
            on && /^                "name": "/ { gsub(/^ *"name": "|",?$/, ""); if ($0 ~ /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/) print }' \
            "$out/cluster/namespaces.json" >"$scope_file"
    elif is_served projects.project.openshift.io || is_served projects; then
        arguments='get
projects
-o
name
'
        execute "$state/projects" "$state/projects.stderr" none
        sed -n 's#^.*/\([A-Za-z0-9._-]*\)$#\1#p' "$state/projects" >"$scope_file"
    fi
    # shellcheck disable=SC2086 # two numbers
    row cluster/namespaces.json "$namespaces_status" $namespaces_row "$namespaces_line"
fi

header() {
    yaml_list() {
        printf '['
        separator=
        while IFS= read -r item; do
            if [ -n "$item" ]; then
                item=$(printf '%s' "$item" | sed 's/\\/\\\\/g; s/"/\\"/g')
                printf '%s"%s"' "$separator" "$item"
                separator=', '
            fi
        done
        printf ']'
    }
    echo "layoutVersion: 1"
    echo "collectedAt: \"$started\""
    echo "collectorVersion: $collector_version"
    echo "kubectlVersion: \"$kubectl_version\""
    echo "serverVersion: \"$server_version\""
    echo "scope:"
    echo "  cluster: true"
    echo "  allNamespaces: $([ -n "$everywhere" ] && echo true || echo false)"
    echo "  namespaces: $(yaml_list <"$scope_file")"
    echo "flags: $(printf '%s' "$flags" | yaml_list)"
}
header >"$out/kubemortem.yaml"

progress "kubectl $kubectl_version, server $server_version"

# A folder for each namespace.
make_folders() { if [ -s "$scope_file" ]; then sed "s#.*#$out/namespaces/&/describe#" "$scope_file" | many mkdir -p; fi; }

# Runs a command with the lines of standard input as arguments; xargs splits at blanks, so each line is quoted.
many() { sed 's/["\\]/\\&/g; s/.*/"&"/' | xargs "$@"; }

# lists LIST... SCOPE: the tasks of lists that the server has
lists() {
    printf '%s' "$1" | while read -r file resource how; do
        if [ -n "$file" ] && is_served "$resource"; then printf 'list %s %s %s %s\n' "$file" "$resource" "$how" "$2"; fi
    done
}

# Tasks that were refused for all namespaces at once, now for each.
again() {
    if [ -s "$state/retry" ] && going; then
        sort -u "$state/retry" >"$state/again"
        true >"$state/retry"
        # Of very many namespaces, those in which something is wrong.
        cut -d ' ' -f 1,4 "$state/index" | grep -v ' 2$' | cut -d ' ' -f 1 | sort -u >"$state/unwell"
        few=yes
        if [ "$(wc -l <"$scope_file")" -gt 50 ]; then few=; fi
        while read -r file resource how; do
            while IFS= read -r namespace; do
                if [ -z "$few" ] && [ "$resource $how" != "pods json" ] && ! grep -x -F "$namespace" "$state/unwell" >/dev/null; then
                    printf 'namespaces/%s/%s\trefused for all namespaces, and no pod of this one is unwell\n' "$namespace" "$file" >>"$state/passed.0"
                elif [ "$how" = top ]; then
                    echo "top $file $resource $namespace"
                else
                    echo "list $file $resource $how $namespace"
                fi
            done <"$scope_file"
        done <"$state/again" >"$state/tasks.again"
        run_tasks "$state/tasks.again"
    fi
}

if [ -z "$cut" ]; then
    make_folders
    if [ -n "$everywhere" ]; then
        if [ -s "$scope_file" ]; then filter_namespaces=$scope_file; fi
        echo "list pods.json pods json all" >"$state/tasks"
    else
        while IFS= read -r namespace; do echo "list pods.json pods json $namespace"; done <"$scope_file" >"$state/tasks"
    fi
    run_tasks "$state/tasks"
fi
if [ -n "$everywhere" ] && [ -z "$cut" ]; then
    if ! [ -s "$scope_file" ]; then
        cut -d ' ' -f 1 "$state/index" | sort -u >"$scope_file"
        filter_namespaces=$scope_file
        make_folders
    fi
    if ! [ -s "$scope_file" ]; then
        current=$(kube config view --minify -o 'jsonpath={..namespace}' 2>/dev/null)
        if [ -z "$current" ] && [ -r /var/run/secrets/kubernetes.io/serviceaccount/namespace ]; then
            current=$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)
        fi
        echo "${current:-default}" >"$scope_file"
        make_folders
        everywhere=
        filter_namespaces=$scope_file
    fi
    again
    header >"$out/kubemortem.yaml"
fi
# A namespace that is not there may be a slip of the pen; lists of it are empty, not refused.
for namespace in $namespaces; do
    if grep -F "namespaces \"$namespace\" not found" "$out/cluster/namespaces.txt.stderr" >/dev/null 2>&1 &&
        ! grep "^$namespace " "$state/index" >/dev/null; then
        say "there is no namespace $namespace"
        echo "there is no namespace $namespace" >>"$state/no_namespace"
        grep -vx -F "$namespace" "$scope_file" >"$state/others"
        mv "$state/others" "$scope_file"
    fi
done
if [ -n "$namespaces" ] && ! [ -s "$scope_file" ]; then nothing "no such namespace"; fi
if [ -n "$selector$pods" ]; then
    # Only the namespaces in which such pods are.
    cut -d ' ' -f 1 "$state/index" | sort -u >"$state/matched"
    if [ -z "$namespaces" ]; then cp "$state/matched" "$scope_file"; filter_namespaces=$scope_file; fi
fi
if [ -n "$person" ]; then
    awk '{ pods[$1]++; if ($4 == 0) bad[$1]++; if ($4 == 1) again[$1]++ }
        END { for (n in pods) printf "  %-40s %d pods, %d not healthy, %d restarted\n", n, pods[n], bad[n], again[n] }' "$state/index" | sort >&2
fi

# --- everything else -----------------------------------------------------------------------------------------------

# Tasks for pods of the index, from the rank $1 to $2: 0 not healthy (the first five of each owner), 1 the others of
# them, 2 restarted, 3 healthy. Their nodes go to the file `nodes`.
pod_tasks() {
    awk -v only="$pods" '
        BEGIN { n = split(only, list, " "); for (i = 1; i <= n; i++) named[list[i]] = 1 }
        n && !($2 in named) { next }
        $4 == 0 { rank = ++mates[$1 "/" $5] <= 5 || $5 == "-" ? 0 : 1 }
        $4 == 1 { rank = 2 }
        $4 == 2 { rank = n ? 2 : 3 }
        { print rank, $0 }' "$state/index" | sort -k1,1n -k2,2 -k3,3 | awk -v from="$1" -v to="$2" '$1 >= from && $1 <= to' >"$state/ranked"
    if ! [ -s "$state/ranked" ]; then return; fi
    awk -v out="$out" '{ print out "/namespaces/" $2 "/logs/" $3 }' "$state/ranked" | many mkdir -p
    awk -v nodes="$state/nodes" '
        function flush() {
            if (!count) return
            if (rank < 3) printf "describe %s%s\n", namespace, names
            printf "%s", logs
            count = 0
            names = logs = ""
        }
        {
            if ($1 != rank || $2 != namespace || count == 20) flush()
            rank = $1
            namespace = $2
            count++
            names = names " " $3
            if ($4 == "-") next # nothing of it ever ran
            if (rank < 3) print $4 >> nodes
            parts = split($7, containers, ",")
            for (i = 1; i <= parts; i++) {
                logs = logs "log " $2 " " $3 " " containers[i] " current " $4 "\n"
                logs = logs "log " $2 " " $3 " " containers[i] " previous " $4 "\n"
            }
        }
        END { flush() }' "$state/ranked"
}

# Tasks for the nodes of the file `nodes`, those with most pods first.
node_tasks() {
    if ! [ -s "$state/nodes" ]; then return; fi
    sort "$state/nodes" | uniq -c | sort -k1,1nr -k2,2 | awk -v done="$state/nodes.done" -v passed="$state/passed.0" '
        BEGIN { while ((getline name < done) > 0) known[name] = 1; close(done) }
        $2 ~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/ && !($2 in known) {
            if (++all > 100) {
                print "cluster/describe/node-" $2 ".txt\tmore than 100 nodes" >> passed
                next
            }
            print $2 >> done
            line = line " " $2
            if (++n == 10) { print "describe cluster" line; n = 0; line = "" }
        }
        END { if (n) print "describe cluster" line }'
    true >"$state/nodes"
}

all_lists() {
    if [ -n "$everywhere" ]; then
        lists "$1" all
    else
        while IFS= read -r namespace; do lists "$1" "$namespace"; done <"$scope_file"
    fi
}

true >"$state/nodes"
true >"$state/nodes.done"
if going; then
    # In this order: what is begun last is what an interruption or the size cap costs.
    pod_tasks 0 2 >"$state/tasks.pods"
    {
        lists "$cluster_lists" cluster
        all_lists "$first_lists"
        node_tasks
        cat "$state/tasks.pods"
        echo "top top-nodes.txt nodes cluster"
        if [ -n "$everywhere" ]; then
            echo "top top-pods.txt pods all"
        else
            while IFS= read -r namespace; do echo "top top-pods.txt pods $namespace"; done <"$scope_file"
        fi
        all_lists "$next_lists"
        lists "$last_cluster_lists" cluster
        all_lists "$last_lists"
        if [ -n "$all_logs" ]; then pod_tasks 3 3; fi
    } >"$state/tasks"
    progress "$(grep -c '^log' "$state/tasks") logs, $(awk '/^describe/ { n += NF - 2 } END { print n + 0 }' "$state/tasks") descriptions, $(grep -c -e '^list' -e '^top' "$state/tasks") lists"
    run_tasks "$state/tasks"
    again
fi

if going; then
    # Where the pods came as a table only, it tells what is known of them.
    true >"$state/index"
    while IFS= read -r namespace; do
        if [ -s "$out/namespaces/$namespace/pods.txt" ] && ! [ -s "$out/namespaces/$namespace/pods.json" ]; then
            awk -v namespace="$namespace" '
                NR == 1 { name = $1 == "NAMESPACE" ? 2 : 1; at = index($0, " NODE "); next }
                $name ~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/ && split($(name + 1), ready, "/") == 2 {
                    node = at ? substr($0, at + 1) : "-"
                    sub(/ .*/, "", node)
                    if (node !~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/) node = "-"
                    well = $(name + 2) == "Completed" || ($(name + 2) == "Running" && ready[1] == ready[2])
                    print namespace, $name, node, (well ? ($(name + 3) > 0 ? 1 : 2) : 0), "-", "all-containers"
                }' "$out/namespaces/$namespace/pods.txt"
        fi
    done <"$scope_file" >>"$state/index"
    # Nodes that are not well themselves.
    if [ -s "$out/cluster/nodes.json" ]; then
        awk '/^                "name": "/ { name = $2; gsub(/[",]/, "", name) }
            /^                        "status": "/ { status = $2 }
            /^                        "type": "(Ready|MemoryPressure|DiskPressure|PIDPressure|NetworkUnavailable)"/ {
                if ((status ~ /True/) != ($2 ~ /"Ready"/)) print name }' "$out/cluster/nodes.json" >>"$state/nodes"
    fi
    pod_tasks 0 2 >"$state/tasks.pods"
    {
        node_tasks
        cat "$state/tasks.pods"
    } >"$state/tasks"
    run_tasks "$state/tasks"
fi

# --- what is missing, and the archive ------------------------------------------------------------------------------

trap '' INT TERM HUP
kill "$watcher" 2>/dev/null
{
    printf 'path\texitStatus\tseconds\tbytes\tcommand\n'
    set +f
    cat "$state"/rows.* 2>/dev/null | sort -t '	' -k1,1n -k2,2n -k3,3n | cut -f 4-
    set -f
} >"$out/commands.tsv"
find "$out" -path "$work" -prune -o -type f -name '*.stderr' -size 0 -exec rm -f {} +
find "$out" -path "$work" -prune -o -type d -exec rmdir {} + 2>/dev/null
# An output that is not there leaves no empty file behind.
awk -F '\t' 'NR > 1 && $2 != 0 && $4 == 0 { print $1 }' "$out/commands.tsv" | while IFS= read -r path; do
    if [ -e "$out/$path" ] && ! [ -s "$out/$path" ]; then rm -f "$out/$path"; fi
done

set +f
masks=$(cat "$state"/masks.* 2>/dev/null | awk '{ n[$1] += $2 } END { print n["env"] + 0, n["argument"] + 0, n["annotation"] + 0, n["other"] + 0 }')
skipped=$(cat "$state"/skipped.* 2>/dev/null | wc -l)
skipped=$((skipped))
passed=$(cat "$state"/passed.* 2>/dev/null | wc -l)
passed=$((passed))
set -f
# Every failure by its kind. What the cluster does not have is no failure.
awk -F '\t' -v out="$out" 'NR > 1 && $2 != 0 {
    file = out "/" $1 ".stderr"
    error = ""
    while ((getline line < file) > 0) if (line != "" && line !~ /^[EWI][0-9][0-9][0-9][0-9] |^Warning:/ && (error == "" || line ~ /^kubemortem: /)) error = line
    close(file)
    kind = "failed"
    if ($2 == 124) kind = "timed out"
    else if ($2 == 143) kind = "interrupted"
    else if (error ~ /[Ff]orbidden|[Uu]nauthorized/) kind = "forbidden"
    else if (error ~ /unexpected EOF|ends early/) kind = "cut off"
    else if (error ~ /[Nn]o space left/) kind = "disk full"
    else if (error ~ /previous terminated container|Metrics API not available|have a resource type|could not find the requested|is waiting to start|NotFound|not found/) kind = "absent"
    print kind "\t" $1 "\t" error
}' "$out/commands.tsv" | sort >"$state/missing"

true >"$state/reasons"
if [ -s "$state/no_namespace" ]; then cat "$state/no_namespace" >>"$state/reasons"; fi
if [ -z "$stopped" ] && ! [ -e "$state/room" ]; then stopped="the disk is full"; fi
if [ -z "$stopped" ] && ! [ -e "$state/answers" ]; then stopped="the cluster does not answer any more"; fi
if [ -z "$stopped" ] && ! [ -e "$state/fits" ]; then stopped="size cap of $max_size bytes met"; fi
if [ -n "$stopped" ]; then
    if [ "$skipped" -gt 0 ]; then echo "$stopped: $skipped commands not run"; else echo "$stopped"; fi >>"$state/reasons"
fi
set +f
cat "$state"/passed.* 2>/dev/null | cut -f 2 | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/not asked for: \1 outputs (\2)/' >>"$state/reasons"
set -f
awk -F '\t' '$1 != "absent" {
    what = $2
    sub(/.*\//, "", what)
    if ($2 ~ /\/logs\//) what = "logs"
    if ($2 ~ /\/describe\//) what = "descriptions"
    key = $1 "\t" what
    if (!(key in n)) { keys[++count] = key; path[key] = $2; error[key] = $3 }
    n[key]++
}
END {
    for (i = 1; i <= count; i++) {
        split(keys[i], part, "\t")
        printf "%s: %s (%s%s)\n", part[1], (n[keys[i]] == 1 ? path[keys[i]] : n[keys[i]] " of " part[2] ", first " path[keys[i]]), substr(error[keys[i]], 1, 160), ""
    }
}' "$state/missing" >>"$state/reasons"

# Is there anything of the cluster at all?
got=$(awk -F '\t' 'NR > 1 && $2 == 0 && $1 !~ /^cluster\/(version|api-resources)/ { n++ } END { print n + 0 }' "$out/commands.tsv")
if [ "$got" -eq 0 ]; then
    first=$(cut -f 3 "$state/missing" | sed -n 1p)
    nothing "${stopped:-no command succeeded}. ${first:+kubectl says: $first}"
fi

# shellcheck disable=SC2086 # four numbers
set -- $masks
{
    echo "masked: { envValues: $1, arguments: $2, annotations: $3, other: $4 }"
    if [ -n "$stopped" ]; then echo "stopped: \"$stopped\""; fi
    if [ -s "$state/refused" ]; then echo "refusedForAllNamespaces: [$(sort -u "$state/refused" | tr '\n' ',' | sed 's/,$//; s/,/, /g')]"; fi
    if [ -s "$state/reasons" ]; then
        echo "partial:"
        sed 's/\\/\\\\/g; s/"/\\"/g; s/^/  - "/; s/$/"/' "$state/reasons"
    else
        echo "partial: []"
    fi
} >>"$out/kubemortem.yaml"
set +f
if [ $((skipped + passed)) -gt 0 ]; then
    printf 'path\treason\n' >"$out/skipped.tsv"
    cat "$state"/passed.* 2>/dev/null | sort >>"$out/skipped.tsv"
    cat "$state"/skipped.* 2>/dev/null | awk -v why="$stopped" '
        { folder = ($NF == "cluster" || $NF == "all") ? "cluster/" : "namespaces/" $NF "/" }
        $1 == "list" || $1 == "top" { print folder $2 "\t" why }
        $1 == "describe" {
            folder = $2 == "cluster" ? "cluster/describe/node-" : "namespaces/" $2 "/describe/pod-"
            for (i = 3; i <= NF; i++) print folder $i ".txt\t" why
        }
        $1 == "log" { print "namespaces/" $2 "/logs/" $3 "/" $4 ($5 == "previous" ? ".previous" : "") ".log\t" why }' |
        sort >>"$out/skipped.tsv"
fi
set -f

reasons=$(cat "$state/reasons")
absent=$(awk -F '\t' '$1 == "absent" {
        what = $2
        sub(/.*\//, "", what)
        if ($2 ~ /\.previous\.log$/) what = "previous logs"
        else if ($2 ~ /\/logs\//) what = "logs"
        else if ($2 ~ /\/describe\//) what = "descriptions"
        n[what]++
    }
    END { for (what in n) { line = line sep n[what] " " what; sep = ", " } if (line != "") print "the cluster does not have: " line }' "$state/missing")
progress "$absent"
stop_watching
rm -rf "$work"

sums=
if command -v sha256sum >/dev/null 2>&1; then
    sums=sha256sum
elif command -v shasum >/dev/null 2>&1; then
    sums='shasum -a 256'
elif command -v openssl >/dev/null 2>&1; then
    sums='openssl'
fi
if [ -n "$sums" ]; then
    # Who reads the bundle can hash as it reads, though the sums come last.
    echo "checksums: SHA256SUMS" >>"$out/kubemortem.yaml"
    (
        cd "$out" || exit
        if [ "$sums" = openssl ]; then
            find . -type f ! -name SHA256SUMS -exec openssl dgst -sha256 -r {} + | sed 's#^\([0-9a-f]*\) \*#\1  #'
        else
            # shellcheck disable=SC2086 # a command and its option
            find . -type f ! -name SHA256SUMS -exec $sums {} +
        fi | sed 's#  \./#  #' | sort -k2 >"$base/.$top.sums"
        mv "$base/.$top.sums" SHA256SUMS
    )
else
    echo "# no sha256sum, shasum or openssl on this machine: the bundle carries no checksums" >>"$out/kubemortem.yaml"
fi

archive=$base/$top.tar.gz
members="$top/kubemortem.yaml"
for member in commands.tsv skipped.tsv cluster namespaces SHA256SUMS; do
    if [ -e "$out/$member" ]; then members="$members $top/$member"; fi
done
# tar's own status comes by another way than its output.
# shellcheck disable=SC2086 # names without blanks
tar_status=$(cd "$base" && { { tar -cf - $members; echo $? >&3; } | gzip -c >"$archive.part" || echo 1 >&3; } 3>&1)
if [ "$tar_status" = 0 ] && mv "$archive.part" "$archive"; then
    if [ -z "$keep" ]; then rm -rf "$out"; fi
    printf '%s\n' "$archive"
else
    rm -f "$archive.part"
    say "could not pack (disk full?): the folder is left as it is"
    reasons="$reasons
not packed"
    printf '%s\n' "$out"
fi
if [ -n "$reasons" ]; then
    say "the bundle is partial:"
    printf '%s\n' "$reasons" | sed -n '1,20s/^/  /p' >&2
    leave 3
fi
progress "complete"
leave 0
