//! What the actors of this crate measure, in words for whoever watches a node.

/// Name and meaning of each metric.
const METRICS: [(&str, &str); 38] = [
    (
        "tiltyard_audit_checked_total",
        "Rows that the permanent auditor of this node has checked.",
    ),
    (
        "tiltyard_audit_violations_total",
        "Broken invariants that it saw, by invariant; one that stays is counted each time.",
    ),
    (
        "tiltyard_commits_fenced_total",
        "Commits refused because another leads the queue; that leadership then ends.",
    ),
    (
        "tiltyard_content_changes_total",
        "Times that other content came into force on this node.",
    ),
    ("tiltyard_content_loads_total", "Content read from the database."),
    (
        "tiltyard_dependency_sick",
        "1 while a dependency refuses or is silent, by dependency; /readyz says why.",
    ),
    ("tiltyard_events_total", "Events that results told players."),
    (
        "tiltyard_events_trimmed_total",
        "Events forgotten after their retention.",
    ),
    (
        "tiltyard_inbox_lagged_total",
        "Times that hints were lost, by inbox; the database is read instead.",
    ),
    (
        "tiltyard_jobs",
        "Jobs that wait for a worker, and jobs that one has, of this node's rules; by state.",
    ),
    (
        "tiltyard_jobs_left_total",
        "Jobs that this node could not begin and left to other nodes.",
    ),
    (
        "tiltyard_jobs_refused_total",
        "Jobs that found their stream full; the sweeper brings them again.",
    ),
    (
        "tiltyard_leader_comparisons_total",
        "Comparisons of a leader's memory with all that is queued, by queue.",
    ),
    (
        "tiltyard_leader_differences_total",
        "Tickets that these brought (missing) or took away (stale), by queue and kind.",
    ),
    (
        "tiltyard_matches_dead_lettered_total",
        "Matches given up after too many failures; the log names the command that repeats one.",
    ),
    ("tiltyard_matches_finished_total", "Matches whose result was stored."),
    (
        "tiltyard_matches_made_total",
        "Matches that a leader on this node made.",
    ),
    (
        "tiltyard_matches_restamped_total",
        "Matches that got other rules, since nobody fought under theirs any more.",
    ),
    (
        "tiltyard_matches_swept_total",
        "Pending matches that were no jobs and were made jobs again.",
    ),
    (
        "tiltyard_matches_unfit_total",
        "Matches given up because a build does not fit the content.",
    ),
    (
        "tiltyard_nondeterminism_total",
        "Results that differ from the stored one. More than 0 is a defect of the engine.",
    ),
    (
        "tiltyard_pairing_audits_total",
        "Slices that were held against the exact matcher.",
    ),
    (
        "tiltyard_pairing_gap_ratio",
        "Mean gap of the last slice's pairs over the least that any pairing could have.",
    ),
    (
        "tiltyard_pairing_share_of_exact",
        "Pairs found of those that can be found, in the last slice.",
    ),
    (
        "tiltyard_queue_congested",
        "1 while a queue's leader makes no pairs because too many jobs wait for a worker.",
    ),
    (
        "tiltyard_queue_tickets",
        "Tickets that a leader on this node holds, by queue.",
    ),
    (
        "tiltyard_ratings_refused_total",
        "Matches left unrated because a rating would be no number.",
    ),
    (
        "tiltyard_recorder_dropped_total",
        "Arrivals and departures that the recorder had no room for.",
    ),
    ("tiltyard_recorder_failures_total", "Recordings that were broken off."),
    (
        "tiltyard_replays_spooled_total",
        "Replays kept in the database because the object store did not take them in time.",
    ),
    (
        "tiltyard_replays_uploaded_from_spool_total",
        "Replays that the object store took later.",
    ),
    (
        "tiltyard_result_conflicts_total",
        "Results computed again because a rating had moved.",
    ),
    (
        "tiltyard_results_refused_total",
        "Results that the writer had no room for; their jobs are delivered again.",
    ),
    (
        "tiltyard_results_superseded_total",
        "Results refused because the match had one, or was fought under other terms.",
    ),
    (
        "tiltyard_store_corrupt_total",
        "Answers of a store that cannot be, by dependency.",
    ),
    ("tiltyard_tickets_accepted_total", "Tickets that were stored."),
    (
        "tiltyard_tickets_cancelled_total",
        "Tickets that their players cancelled.",
    ),
    (
        "tiltyard_tickets_returned_total",
        "Tickets returned because their build does not fit other content.",
    ),
];

/// Describes the metrics to the recorder in use.
pub fn describe_metrics() {
    for (name, help) in METRICS {
        if name.ends_with("_total") {
            metrics::describe_counter!(name, help);
        } else {
            metrics::describe_gauge!(name, help);
        }
    }
}
