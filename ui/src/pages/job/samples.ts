/** Jobs for the tests of this page. */
import type { JobDetail, Step } from "../../queries/jobs";

const AT = "2026-01-01T00:00:00Z";

export const stepOf = (step_name: string, more: Partial<Step> = {}): Step => ({
  action_image: null, action_name: null, action_type: "shell", approval: null, attempt: 1, attempts: [], completed_at: null, deadline_at: null, depends_on: [], error_message: null,
  input: null, item: null, label: null, ended_instances: null, late_at: null, loop_index: null, loop_total: null, output: null, runner: "local", skip_reason: null, started_at: null, status: "pending", step_name, suspended_at: null, title: null, tolerated: false,
  waiting_on: null, worker_id: null, ...more,
});

export const jobOf = (statuses: Record<string, Step["status"]>, needs: Record<string, string[]> = {}, more: Partial<JobDetail> = {}): JobDetail => ({
  job_id: "01980000-0000-7000-8000-000000000001", workspace: "default", task_name: "release", mode: "distributed", status: "failed", revision: "212ff890aa", commit: null,
  source_type: "api", source_id: null, input: {}, output: null, error_message: null, error_line: null, worker_id: null, labels: {}, priority: 0, parent_job_id: null, retry_of_job_id: null,
  created_by: "ada", trigger_name: null, steps_total: Object.keys(statuses).length, steps_ended: 0, steps_failed: 0, waiting_on: null, created_at: AT, started_at: AT, completed_at: null,
  expires_at: null, deadline_at: null, late_at: null, version: 1, steps: Object.entries(statuses).map(([name, status]) => stepOf(name, { status, depends_on: needs[name] ?? [] })), ...more,
});
