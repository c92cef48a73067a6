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
        is_strict=True,
        ends="",
        why="some of its arguments are commands for other machines",
        advice="give the value to an option that takes data: `aws ssm put-parameter --type String --name x --value=@`",
    ),
    *row(
        "gcloud",
        "C",
        is_strict=True,
        why="some of its subcommands run commands on other machines, and its flags name files of flags",
        advice="give the value as input: `printf '%s' @ | gcloud secrets versions add x --data-file=-`",
    ),
    *row(
        """
        az, oci, ibmcloud, doctl, linode-cli, hcloud, scw, exo, openstack, civo, vultr-cli, aliyun, tccli, yc,
        gsutil, s3cmd, databricks, dbt, airflow, prefect, dagster, luigi, kedro, mlflow, wandb, ray, dask, flyte,
        pachctl, nextflow, snakemake, cwltool, cromwell, miniwdl, slurm, srun, sbatch, salloc, qsub, bsub,
        condor_submit, condor_ssh_to_job, mpirun, mpiexec, orterun, aprun, jsrun, horovodrun, torchrun, accelerate,
        deepspeed
        """,
        "C",
        stdin="alone",
        is_strict=True,
        why="some of its arguments are commands or code that it runs, here or on other machines",
        advice="give the value in the environment: `x=@ sbatch ./job.sh`",
    ),
]
