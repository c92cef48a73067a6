"""Containers and clusters: the command that runs inside, and options that choose or change what runs."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_INSIDE = "it runs the command that its arguments name, inside a container"
_GLOBAL = "it runs the subcommand or plugin that its first argument names"

_RUN = """
    -diPqt -achlmpuvw: -e= --add-host: --annotation: --attach: --blkio-weight: --blkio-weight-device: --cap-add:
    --cap-drop: --cgroup-parent: --cgroupns: --cidfile: --cpu-count: --cpu-percent: --cpu-period: --cpu-quota:
    --cpu-rt-period: --cpu-rt-runtime: --cpu-shares: --cpus: --cpuset-cpus: --cpuset-mems: --detach
    --detach-keys: --device: --device-cgroup-rule: --device-read-bps: --device-read-iops: --device-write-bps:
    --device-write-iops: --disable-content-trust? --dns: --dns-option: --dns-opt: --dns-search: --domainname:
    --entrypoint^ --env= --env-file: --expose: --gpus: --group-add: --health-cmd! --health-interval:
    --health-retries: --health-start-interval: --health-start-period: --health-timeout: --help. --hostname:
    --init --interactive --ip: --ip6: --ipc: --isolation: --kernel-memory: --label: --label-file: --link:
    --link-local-ip: --log-driver: --log-opt: --mac-address: --memory: --memory-reservation: --memory-swap:
    --memory-swappiness: --mount: --name: --network: --net: --network-alias: --net-alias: --no-healthcheck
    --oom-kill-disable --oom-score-adj: --pid: --pids-limit: --platform: --privileged --publish: --publish-all
    --pull: --quiet --read-only --restart: --rm --runtime! --security-opt: --shm-size: --sig-proxy?
    --stop-signal: --stop-timeout: --storage-opt: --sysctl: --tmpfs: --tty --ulimit: --use-api-socket --user:
    --userns: --uts: --volume: --volume-driver: --volumes-from: --workdir: --replace --pod: --systemd: --rootfs
    --hooks-dir! --arch: --os: --secret: --tz: --umask: --subnet: --authfile: --conmon-pidfile: --pidfile:
    --env-host --env-merge: --unsetenv: --http-proxy? --image-volume: --requires: --rmi --passwd?
    --preserve-fds: --timeout: --tls-verify? --variant:
    """
_DOCKER_GLOBAL = """
    -Dvh -H/ -l: -c: --config! --context: --debug --host/ --log-level: --tls --tlscacert: --tlscert: --tlskey:
    --tlsverify --version. --help. --cri! --runtime! --root: --log-driver: --namespace: -n: -a: --address:
    --identity: --url: --connection: --remote --cgroup-manager: --conmon! --hooks-dir! --storage-driver:
    --module! --syslog --events-backend: --network-cmd-path! --runroot: --tmpdir: --volumepath: --data-root:
    --cni-path! --snapshotter:
    """
_KUBECTL = """
    -n: -s: --namespace: --server: --context: --cluster: --user: --as: --as-group: --as-uid: --token:
    --kubeconfig+ --kuberc+ --request-timeout: --username: --password: --certificate-authority:
    --client-certificate: --client-key: --tls-server-name: --cache-dir: --insecure-skip-tls-verify? --v: -v:
    --vmodule: --profile-output: --log-flush-frequency: --warnings-as-errors? --match-server-version?
    --disable-compression?
    """

ROWS = [
    *row(
        "docker, podman, nerdctl, finch",
        "+U",
        _DOCKER_GLOBAL,
        is_strict=True,
        why=_GLOBAL,
        advice="write the subcommand in the script: `docker pull -- @`",
    ),
    *row(
        """
        docker run, docker create, docker container run, docker container create, podman run, podman create,
        podman container run, podman container create, nerdctl run, nerdctl create, finch run, finch create
        """,
        "+DN",
        _RUN,
        is_strict=True,
        stdin="image",
        why=_INSIDE,
        advice="name the command in the script: `docker run --rm --entrypoint /bin/cp -- image @ /tmp/x`",
    ),
    *row(
        """
        docker start, docker container start, podman start, podman container start, nerdctl start, finch start
        """,
        "D",
        "-a -i, -l --attach --interactive, --all --latest --sig-proxy? --detach-keys: --checkpoint: --checkpoint-dir:",
        why="what it starts may read its input as commands",
        advice="run a command whose input is data: `printf '%s' @ | docker exec -i app tee file`",
    ),
    *row(
        """
        docker attach, docker container attach, podman attach, podman container attach, nerdctl attach,
        finch attach, docker compose attach, kubectl attach, oc attach, kubecolor attach
        """,
        "D",
        "-itqlc: -n: --sig-proxy? --detach-keys: --no-stdin? --latest --stdin? --tty? --container: --namespace:",
        stdin="always",
        why="what it is attached to may read its input as commands",
        advice="run a command whose input is data: `printf '%s' @ | docker exec -i app tee file`",
    ),
    *row(
        "docker exec, docker container exec, podman exec, podman container exec, nerdctl exec, finch exec",
        "+DN",
        """
        -dithl -u: -w: -e= --detach --detach-keys: --env= --env-file: --interactive --privileged --tty --user:
        --workdir: --preserve-fds: --latest --cidfile: --help.
        """,
        is_strict=True,
        why=_INSIDE,
        advice="name the command in the script: `docker exec -- @ cp a /tmp/x`",
    ),
    *row(
        """
        docker build, docker image build, docker buildx build, docker builder build, podman build,
        podman image build, nerdctl build, buildah bud, buildah build, finch build, docker buildx b
        """,
        "D",
        """
        -h -c: -D -m: -o: -q -t: -f/ --add-host: --allow: --annotation: --attest: --build-arg: --build-context:
        --builder: --cache-from: --cache-to: --call: --cgroup-parent: --check --compress --cpu-period: --cpu-quota:
        --cpu-shares: --cpuset-cpus: --cpuset-mems: --debug --disable-content-trust? --file/ --force-rm --iidfile:
        --isolation: --label: --load --memory: --memory-swap: --metadata-file: --network: --no-cache
        --no-cache-filter: --output: --platform: --policy: --progress: --provenance: --pull --push --quiet --rm?
        --sbom: --secret: --security-opt: --shm-size: --squash --ssh: --tag: --target: --ulimit: --runtime!
        --hooks-dir! --env= --volume: --arch: --os: --format: --layers? --authfile: --creds: --tls-verify? --jobs:
        --userns: --manifest:
        """,
        is_strict=True,
        stdin="named",
        why="it runs the build that its last argument names",
        advice='name the folder in the script: `docker build -t "app:@" --build-arg "VERSION=@" .`',
    ),
    *row(
        "docker compose, docker-compose, podman compose, podman-compose, nerdctl compose",
        "+U",
        """
        -f$ -p: --file$ --project-name: --project-directory: --profile: --env-file: --ansi: --parallel: --progress:
        --compatibility --dry-run --all-resources --verbose --context: -H/ --host/ -c: --log-level: --tls
        --tlscacert: --tlscert: --tlskey: --tlsverify --podman-path! --podman-args! --podman-run-args! --no-ansi
        """,
        is_strict=True,
        why="it starts what the files that its options name say",
        advice="give the value in the environment: `TAG=@ docker compose up -d`",
    ),
    *row(
        """
        docker compose exec, docker-compose exec, podman compose exec, podman-compose exec, nerdctl compose exec
        """,
        "+DN",
        """
        -dTit -e= -u: -w: --detach --env= --index: --no-TTY --no-tty --privileged --user: --workdir: --dry-run
        --interactive --tty
        """,
        is_strict=True,
        why=_INSIDE,
        advice="name the command in the script: `docker compose exec -T app cp -- @ /tmp/x`",
    ),
    *row(
        """
        docker compose run, docker-compose run, podman compose run, podman-compose run, nerdctl compose run
        """,
        "+DN",
        """
        -dTitPq -e= -l: -p: -u: -v: -w: --build --cap-add: --cap-drop: --detach --entrypoint^ --env=
        --env-from-file: --interactive? --label: --name: --no-TTY --no-deps --publish: --pull: --quiet --quiet-build
        --quiet-pull --remove-orphans --rm --service-ports --use-aliases --user: --volume: --workdir: --dry-run
        --tty
        """,
        is_strict=True,
        why=_INSIDE,
        advice="name the command in the script: `docker compose run --rm app cp -- @ /tmp/x`",
    ),
    *row(
        """
        docker container, docker image, docker buildx, docker builder, podman container, podman image, buildah
        """,
        "+U",
        "-D --builder: --debug --help. --log-level: --root: --runroot: --storage-driver:",
        is_strict=True,
        why=_GLOBAL,
        advice="write the subcommand in the script: `docker image rm -- @`",
    ),
    *row(
        """
        docker plugin, docker context, docker scout, docker extension, podman kube,
        podman play, podman generate, podman system, buildah config,
        buildah from, docker buildx bake
        """,
        "C",
        stdin="alone",
        why=_GLOBAL,
        advice="name the command in the script: `docker run --rm --entrypoint /bin/cp -- image @ /tmp/x`",
    ),
    *row(
        "docker debug, podman machine, podman unshare, buildah run, buildah unshare",
        "C",
        stdin="open",
        why=_GLOBAL,
        advice="name the command in the script: `docker run --rm --entrypoint /bin/cp -- image @ /tmp/x`",
    ),
    *row(
        "docker service",
        "+U",
        is_strict=True,
        why="create runs a command inside containers",
        advice='write the subcommand in the script: `docker service scale "web=@"`',
    ),
    *row(
        "docker service create",
        "+DN",
        """
        -dqt -e= -l: -p: -u: -w: --cap-add: --cap-drop: --config: --constraint: --container-label:
        --credential-spec: --detach --dns: --dns-option: --dns-search: --endpoint-mode: --entrypoint^ --env=
        --env-file: --generic-resource: --group: --health-cmd! --health-interval: --health-retries:
        --health-start-period: --health-timeout: --host: --hostname: --init --isolation: --label: --limit-cpu:
        --limit-memory: --limit-pids: --log-driver: --log-opt: --max-concurrent: --mode: --mount: --name: --network:
        --no-healthcheck --no-resolve-image --placement-pref: --publish: --quiet --read-only --replicas:
        --replicas-max-per-node: --reserve-cpu: --reserve-memory: --restart-condition: --restart-delay:
        --restart-max-attempts: --restart-window: --rollback-delay: --rollback-parallelism: --secret:
        --stop-grace-period: --stop-signal: --sysctl: --tty --ulimit: --update-delay: --update-parallelism:
        --update-order: --user: --with-registry-auth --workdir:
        """,
        is_strict=True,
        why=_INSIDE,
        advice="name the command in the script: `docker service create --name web image cp -- @ /tmp/x`",
    ),
    *row(
        "docker service update",
        "D",
        """
        -dqt -uw: --args! --entrypoint! --health-cmd! --image: --env-add= --env-rm: --replicas: --label-add:
        --label-rm: --publish-add: --publish-rm: --constraint-add: --mount-add: --secret-add: --config-add:
        --network-add: --limit-cpu: --limit-memory: --reserve-cpu: --reserve-memory: --update-delay:
        --update-parallelism: --user: --workdir: --force --detach --quiet --rollback --with-registry-auth
        """,
        is_strict=True,
        why="some options set the command that runs inside its containers",
        advice='give the value to a listed option: `docker service update --image "app:@" -- web`',
    ),
    *row(
        "docker stack, docker app",
        "D",
        "-q -c$ --compose-file$ --orchestrator: --prune --resolve-image: --with-registry-auth --detach",
        is_strict=True,
        why="it starts what the files that its options name say",
        advice="end the options first: `docker stack deploy -c stack.yaml -- @`",
    ),
    *row(
        "kubectl, oc, kubecolor",
        "+U",
        """
        -n: -s: -v: -h --as: --as-group: --as-uid: --as-user-extra: --cache-dir: --certificate-authority:
        --client-certificate: --client-key: --cluster: --context: --disable-compression? --insecure-skip-tls-verify?
        --kubeconfig+ --kuberc+ --log-flush-frequency: --match-server-version? --namespace: --password: --profile:
        --profile-output: --request-timeout: --server: --tls-server-name: --token: --user: --username: --vmodule:
        --warnings-as-errors? --loglevel:
        """,
        is_strict=True,
        why="it runs the subcommand or plugin that its first argument names, and a kubeconfig can name programs to run",
        advice="write the subcommand in the script: `kubectl -n @ get pods`",
    ),
    *row(
        "kubectl exec, oc exec, oc rsh, kubecolor exec",
        "DM",
        f"""
        -iqth -c: -f: --container: --filename: --pod-running-timeout: --quiet? --stdin? --tty? --shell+ --timeout:
        --no-tty {_KUBECTL}
        """,
        stdin="alone",
        is_strict=True,
        why=_INSIDE,
        advice='name the command in the script, after --: `kubectl exec "pod/@" -- cp a /tmp/x`',
    ),
    *row(
        "kubectl run, kubectl debug, oc run, oc debug, kubecolor run, kubecolor debug",
        "DC",
        f"""
        -iqthR -f: -k: -l: -o: -c: --image: --env= --overrides! --override-type: --template: --annotations:
        --labels: --port: --restart: --dry-run? --timeout: --grace-period: --container: --target: --copy-to:
        --custom! --profile: --set-image: --image-pull-policy: --field-manager: --output: --stdin? --tty? --rm?
        --attach? --command? --quiet? --share-processes? --same-node? --replace? --expose? --privileged? --force?
        --wait? --keep-annotations? --keep-labels? --keep-liveness? --keep-readiness? --keep-startup?
        --keep-init-containers? --arguments-only? --leave-stdin-open? --pod-running-timeout: --cascade? {_KUBECTL}
        """,
        stdin="open",
        is_strict=True,
        why=_INSIDE,
        advice='give the value in the container\'s environment: `kubectl run job --image=app --env="x=@" -- ./job`',
    ),
    *row(
        """
        kubectl plugin, kubectl edit, kubectl krew, kubectl config, kubectl kustomize,
        kubectl proxy, kubectl replace, kubectl diff, oc edit, oc start-build, oc new-app, oc process, oc adm
        """,
        "D",
        f"""
        -f: -o: -k: -l: -c: -ith --filename: --output: --editor! --enable-exec! --enable-helm? --helm-command!
        --enable-alpha-plugins! --load-restrictor! --env= --unix-socket: --www: --port: --address: --force?
        {_KUBECTL}
        """,
        why="some options and plugins run programs",
        advice="end the options first: `kubectl config use-context -- @`",
    ),
    *row(
        "kubectl *, oc *, kubecolor *",
        "D",
        f"""
        -f: -o: -k/ -l: -c: -L: -p: -ARwhit --filename: --output: --kustomize/ --selector: --container: --patch:
        --patch-file: --type: --replicas: --revision: --to-revision: --timeout: --for: --since: --since-time:
        --tail: --field-selector: --sort-by: --template: --from-literal: --from-file: --from-env-file:
        --docker-server: --docker-username: --docker-password: --docker-email: --image: --grace-period: --dry-run?
        --prune? --all? --all-namespaces? --watch? --follow? --force? --overwrite? --record? --server-side?
        --field-manager: --cert: --key: --port: --target-port: --name: --labels: --clusterrole: --role:
        --serviceaccount: --group: --verb: --resource: --resource-name: --max: --min: --cpu-percent:
        --ignore-not-found? --wait? --cascade? --no-headers? --show-labels? --ignore-daemonsets?
        --delete-emptydir-data? --pod-selector: --current-replicas: --prefix? --timestamps? --previous? --raw:
        --subresource: --limits: --requests: --schedule: {_KUBECTL}
        """,
        why="a kubeconfig that an option names can name programs to run",
        advice="end the options first: `kubectl delete pod -- @`",
    ),
    *row(
        "helm",
        "+U",
        """
        -n: -h --namespace: --kube-context: --kubeconfig! --kube-apiserver: --kube-as-group: --kube-as-user:
        --kube-ca-file: --kube-token: --kube-tls-server-name: --kube-insecure-skip-tls-verify --debug?
        --registry-config: --repository-cache: --repository-config: --burst-limit: --qps: --content-cache: --color:
        """,
        is_strict=True,
        why="it runs the subcommand or plugin that its first argument names",
        advice="write the subcommand in the script: `helm -n @ list`",
    ),
    *row(
        "helm upgrade, helm install, helm template",
        "D",
        """
        -gih -fnolsa: --set: --set-string: --set-file: --set-json: --set-literal: --values: --version: --namespace:
        --repo/ --timeout: --description: --history-max: --kube-context: --kubeconfig! --post-renderer!
        --post-renderer-args! --output: --name-template! --labels: --username: --password: --ca-file: --cert-file:
        --key-file: --keyring: --kube-version: --api-versions: --output-dir: --show-only: --kube-apiserver:
        --kube-as-group: --kube-as-user: --kube-ca-file: --kube-token: --kube-tls-server-name: --registry-config:
        --repository-cache: --repository-config: --release-name: --burst-limit: --qps: --dry-run? --install?
        --atomic? --wait? --wait-for-jobs? --force? --create-namespace? --reuse-values? --reset-values?
        --reset-then-reuse-values? --cleanup-on-fail? --dependency-update? --devel? --disable-openapi-validation?
        --enable-dns? --hide-notes? --hide-secret? --insecure-skip-tls-verify? --no-hooks? --pass-credentials?
        --plain-http? --render-subchart-notes? --skip-crds? --skip-schema-validation? --take-ownership? --verify?
        --generate-name? --replace? --include-crds? --is-upgrade? --validate? --skip-tests? --debug?
        --rollback-on-failure? --server-side? --force-replace? --force-conflicts?
        """,
        is_strict=True,
        why="--post-renderer names a program that it runs",
        advice='give the value to --set, and end the options: `helm upgrade --set "version=@" -- app ./chart`',
    ),
    *row(
        "helm *",
        "D",
        """
        -f: -n: -o: -l: --kubeconfig! --post-renderer! --plugin! --kube-context: --namespace: --version: --output:
        --timeout: --repo/ --revision: --max: --filter: --username: --password: --destination: -d: --key: --keyring:
        --sign? --ca-file: --cert-file: --key-file: --app-version: --passphrase-file: --wait? --dry-run? --debug?
        """,
        is_strict=True,
        why="some options and plugins run programs",
        advice="end the options first: `helm uninstall -- @`",
    ),
    *row(
        "helmfile",
        "D",
        """
        -e: -n: -l: -f$ -b! -k! -qhvi --environment: --namespace: --selector: --file$ --helm-binary! --kustomize-binary!
        --chart/ --args! --state-values-set: --state-values-set-string: --state-values-file$ --set: --values$
        --kube-context: --log-level: --concurrency: --context: --output: --output-dir: --diff-args! --sync-args!
        --template-args! --post-renderer! --post-renderer-args! --interactive --quiet --debug --no-color --color
        --skip-deps --skip-diff-on-install --wait --include-needs --include-crds --suppress-secrets
        --allow-no-matching-release
        """,
        is_strict=True,
        why="the files that its options name have hooks and templates that run commands",
        advice="give the value to a listed option: `helmfile -e @ apply`",
    ),
    *row(
        "kustomize, kompose",
        "D",
        """
        -o: --output: --helm-command! --load-restrictor: --enable-exec --enable-alpha-plugins --enable-helm
        --network --env= --mount:
        """,
        why="some options let it run programs that a kustomization names",
        advice='end the options first: `kustomize edit set image -- "app=app:@"`',
    ),
]
