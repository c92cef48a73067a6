/** What is typed into the form of a question, and the decision that it makes. */
import { useState } from "react";
import { ApiError } from "../../api/problem";
import { fieldErrors, parse, type Values } from "../../components/form/fields";
import type { InputField } from "../../components/form/inputField";
import type { Decision } from "../../queries/approvals";

export function useForm(fields: Record<string, InputField>, error: Error | null) {
  const [values, setValues] = useState<Values>({});
  const [reason, setReason] = useState("");
  const parsed = parse(fields, values);
  const reported = error instanceof ApiError ? fieldErrors(error.details) : {};
  const isOfFields = Object.keys(reported).some((name) => name in fields);
  return {
    values,
    reason,
    setReason,
    change: (name: string, value: string | boolean) => setValues({ ...values, [name]: value }),
    errors: { ...reported, ...parsed.errors },
    /** What is wrong with none of the fields. */
    otherError: isOfFields ? null : error,
    isReadable: Object.keys(parsed.errors).length === 0,
    decision: (approved: boolean): Decision => ({
      approved,
      ...(reason.trim() && { reason: reason.trim() }),
      ...(approved && Object.keys(parsed.input).length > 0 && { input: parsed.input }),
    }),
  };
}
