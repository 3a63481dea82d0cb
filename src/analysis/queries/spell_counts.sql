-- How many spells began on which day and ended on which one.
--
-- in     spells (order_spells.sql or contract_spells.sql), segments (customer_id, segment; of other
--        customers none is known); $as_of, $first DATE
-- out    one row a segment, a day of the start and one of the end (missing while it lasts), of the
--        spells that did not end before $first; those that began before count as of the day before
-- units  days after $as_of; is_again: not the customer's first spell (not told of those that began
--        before $first), is_back: followed by another one; both 1 or 0; reason of the end
WITH flows AS (
    SELECT
        customer_id,
        CASE
            WHEN start_day < DATE_DIFF('day', $as_of, $first)
                THEN DATE_DIFF('day', $as_of, $first) - 1
            ELSE start_day
        END AS start_day,
        end_day,
        CASE
            WHEN spell > 1 AND start_day >= DATE_DIFF('day', $as_of, $first) THEN 1 ELSE 0
        END AS is_again,
        CASE WHEN next_day IS NULL THEN 0 ELSE 1 END AS is_back,
        reason
    FROM spells
    WHERE end_day IS NULL OR end_day >= DATE_DIFF('day', $as_of, $first)
)

SELECT
    segments.segment,
    flows.start_day,
    flows.end_day,
    flows.is_again,
    flows.is_back,
    flows.reason,
    COUNT(*) AS spells
FROM flows
LEFT JOIN segments ON flows.customer_id = segments.customer_id
GROUP BY
    segments.segment,
    flows.start_day,
    flows.end_day,
    flows.is_again,
    flows.is_back,
    flows.reason
ORDER BY
    segments.segment,
    flows.start_day,
    flows.end_day,
    flows.is_again,
    flows.is_back,
    flows.reason
