"""Clients of clouds and services: subcommands that run commands on other machines."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

ROWS = [
    *row(
        "aws",
        "+U",
        """
        --profile: --region: --output: --query: --endpoint-url: --debug --no-cli-pager --no-verify-ssl --no-paginate
        --no-sign-request --ca-bundle: --cli-read-timeout: --cli-connect-timeout: --color: --cli-binary-format:
        --version --no-cli-auto-prompt --cli-auto-prompt
        """,
        is_strict=True,
        why="some of its subcommands run commands on other machines",
        advice="write the subcommand in the script: `aws --region @ s3 ls`",
    ),
    *row(
        """
        aws ssm, aws configure, aws ecs, aws ec2-instance-connect, aws emr, aws lambda, aws cloudformation,
        aws cloud9, aws codebuild, aws batch, aws alias
        """,
        "D",
        """
        --parameters! --command! --document-name! --overrides! --user-data! --buildspec-override!
        --container-overrides! --zip-file! --cli-input-json! --cli-input-yaml! --credential-process!
        --template-body! --template-file! --environment! --bootstrap-actions! --steps! --instance-ids: --targets:
        --target: --name: --names: --value: --type: --cluster: --task: --container: --service: --function-name:
        --payload: --stack-name: --region: --profile: --output: --query: --parameter-overrides: --capabilities:
        """,
        stdin="session",
        is_strict=True,
        ends="",
        why="some of its arguments are commands for other machines",
        advice="give the value to an option that takes data: `aws ssm put-parameter --type String --name x --value=@`",
    ),
    *row(
        "aws ec2, aws autoscaling, aws glue, aws lightsail",
        "D",
        """
        --user-data! --cli-input-json! --cli-input-yaml! --launch-specification! --launch-template-data! --command!
        --default-arguments! --instance-ids: --instance-id: --filters: --image-id: --image-ids: --instance-type:
        --count: --key-name: --security-group-ids: --subnet-id: --tag-specifications: --tags: --resources: --region:
        --profile: --output: --query: --auto-scaling-group-name: --desired-capacity: --min-size: --max-size: --name:
        --description: --volume-id: --volume-ids: --snapshot-id: --snapshot-ids: --size: --availability-zone:
        --group-id: --group-ids: --vpc-id: --allocation-id: --job-name: --job-run-id: --instance-name: --dry-run
        --no-dry-run --no-cli-pager
        """,
        ends="",
        why="user data and commands in its arguments run as code on the machines",
        advice="give the value to an option that takes data: `aws ec2 start-instances --instance-ids @`",
    ),
    *row(
        "vault, bao",
        "+U",
        is_strict=True,
        why="ssh, agent and plugins run programs",
        advice='write the subcommand in the script: `vault kv put secret/app "password=@"`',
    ),
    *row(
        """
        vault ssh, vault agent, vault proxy, vault plugin, vault server, bao ssh, bao agent, bao plugin, bao server
        """,
        "C",
        why="it runs the programs that its arguments or its configuration name",
        advice='write the subcommand in the script: `vault kv put secret/app "password=@"`',
    ),
    *row(
        "gcloud, az, doctl, hcloud",
        "+U",
        """
        -q --project: --account: --configuration: --region: --zone: --format: --quiet --verbosity:
        --impersonate-service-account: --subscription: --output: -o: --context: -t: --access-token: --flags-file!
        --debug --version. --help.
        """,
        is_strict=True,
        why="some of its subcommands run commands on other machines",
        advice="write the subcommand in the script: `gcloud --project @ run services list`",
    ),
    *row(
        """
        gcloud compute, gcloud cloud-shell, gcloud app, az vm, az vmss, az aks, az container, az webapp,
        doctl compute, hcloud server
        """,
        "+U",
        "--project: --zone: --region: --quiet",
        is_strict=True,
        why="some of its subcommands run commands on other machines",
        advice='write the subcommand in the script: `gcloud compute instances list "--filter=name=@"`',
    ),
    *row(
        "gcloud builds",
        "D",
        """
        -qt: --config$ --pack! --tag: --substitutions: --region: --project: --timeout: --machine-type: --ignore-file:
        --gcs-source-staging-dir: --gcs-log-dir: --worker-pool: --service-account: --format: --filter: --limit:
        --async --no-source --suppress-logs --stream --quiet --ongoing
        """,
        is_strict=True,
        why="it runs the build that its arguments name",
        advice="give the value to a substitution: `gcloud builds submit --substitutions=_TAG=@ .`",
    ),
    *row(
        "gcloud compute instances, gcloud compute instance-templates, gcloud compute project-info",
        "D",
        """
        -q --metadata! --metadata-from-file! --container-command! --container-arg! --zone: --region: --project:
        --image: --machine-type: --filter: --format: --labels: --tags: --quiet
        """,
        is_strict=True,
        why="metadata such as startup-script run as code on the machine",
        advice="end the options first: `gcloud compute instances stop -- @`",
    ),
    *row(
        """
        gcloud compute ssh, gcloud compute scp, gcloud compute config-ssh, gcloud compute tpus,
        gcloud cloud-shell ssh, gcloud app instances, gcloud alpha, gcloud beta, az vm run-command, az vm extension,
        az vmss run-command, az vmss extension, az aks command, az container exec, az container create,
        az webapp ssh, az ssh, az extension, doctl compute ssh, hcloud server ssh, hcloud server create
        """,
        "C",
        "--command| --exec-command| --ssh-command|",
        stdin="shell",
        is_strict=True,
        why="some of its arguments are commands for other machines",
        advice="write the value to a file, and copy that: `printf '%s' @ > value.txt`",
    ),
    *row(
        """
        mlflow, ray, dask, flyte, pachctl, nextflow, snakemake, cwltool, cromwell, miniwdl, srun, mpirun,
        mpiexec, orterun, aprun, jsrun, horovodrun, torchrun,
        accelerate, deepspeed
        """,
        "C",
        stdin="alone",
        why="some of its arguments are commands or code that it runs, here or on other machines",
        advice="give the value in the environment: `x=@ sbatch ./job.sh`",
    ),
    *row(
        "slurm, salloc, qsub, bsub, condor_submit, condor_ssh_to_job",
        "C",
        stdin="always",
        why="it reads its arguments and its input as a job, which it runs",
        advice="give the value in the environment: `x=@ sbatch ./job.sh`",
    ),
    *row(
        "sbatch",
        "+S",
        """
        -HIkOsvhQ -AaBbCcDdeFGiJLMmNnoPpqStwxy: --wrap! --account: --array: --cpus-per-task: --comment:
        --constraint: --chdir: --dependency: --error: --export: --gres: --gpus: --job-name: --mem: --nodes:
        --ntasks: --output: --partition: --qos: --time: --nodelist: --exclude: --parsable --wait --hold --exclusive?
        --mail-type: --mail-user: --nice? --requeue --no-requeue --test-only --verbose
        """,
        stdin="alone",
        is_strict=True,
        ends="",
        why="it runs the script that its first argument names, or the text after --wrap",
        advice="name the script, and give the value after it: `sbatch ./job.sh @`",
    ),
]
