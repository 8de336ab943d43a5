-- Queues that may be paused.

-- The last change of each queue that ever was paused or resumed.
CREATE TABLE queue_states (
    queue      text PRIMARY KEY,
    paused     boolean NOT NULL,
    reason     text NOT NULL,
    changed_at bigint NOT NULL
);
