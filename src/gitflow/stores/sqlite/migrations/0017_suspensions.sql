-- Why an operator has suspended a trigger.

ALTER TABLE trigger_state ADD COLUMN suspended_reason TEXT NOT NULL DEFAULT '';
