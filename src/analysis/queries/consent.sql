-- Who must not be contacted on a day, because no channel is allowed by their standing decisions.
--
-- in     consent (channel: none for all); $as_of DATE: later decisions do not count
-- out    customer_id of each of them; who never decided is none of them
-- A decision for all channels ends the earlier ones; of two on one day, a refusal counts.
WITH known AS (
    SELECT
        customer_id,
        coalesce(channel, '') AS channel,
        decided,
        CASE WHEN is_granted THEN 1 ELSE 0 END AS granted
    FROM consent
    WHERE decided <= $as_of
),
latest AS (
    SELECT known.customer_id, known.channel, known.decided, min(known.granted) AS granted
    FROM known
    JOIN (
        SELECT customer_id, channel, max(decided) AS decided
        FROM known GROUP BY customer_id, channel
    ) AS last
        ON known.customer_id = last.customer_id
        AND known.channel = last.channel
        AND known.decided = last.decided
    GROUP BY known.customer_id, known.channel, known.decided
),
of_all AS (
    SELECT customer_id, decided FROM latest WHERE channel = ''
)
SELECT latest.customer_id
FROM latest
LEFT JOIN of_all ON latest.customer_id = of_all.customer_id
GROUP BY latest.customer_id
HAVING max(
    CASE
        WHEN latest.channel = '' OR of_all.decided IS NULL OR latest.decided > of_all.decided
            THEN latest.granted
        ELSE 0
    END
) = 0
ORDER BY latest.customer_id
