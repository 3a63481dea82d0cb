-- The stretches of time in which each customer had a contract in force.
--
-- in     contracts (one row a contract); $as_of, $starts_from DATE
-- out    one row a spell; end_day is missing while it lasts at $as_of, next_day without a return
-- units  days after $as_of, so none is positive; start_known is 1 or 0
--
-- A contract that begins no later than the day after another one of the same customer has ended
-- renews it: both are one spell. The reason is that of the contract which ended the spell. An end
-- that is still to come at $as_of is no end yet. The age is 0 at the end of the day before the
-- first one; a first spell that begins on $starts_from or earlier may be older.
WITH ordered AS (
    SELECT
        customer_id,
        start_date,
        CASE WHEN end_date <= $as_of THEN end_date END AS end_date,
        reason,
        ROW_NUMBER() OVER (
            PARTITION BY customer_id
            ORDER BY start_date, COALESCE(end_date, DATE '9999-01-01'), COALESCE(reason, '')
        ) AS contract
    FROM contracts
    WHERE start_date <= $as_of
),

steps AS (
    SELECT
        *,
        CASE
            WHEN DATE_DIFF(
                'day',
                MAX(COALESCE(end_date, DATE '9999-01-01')) OVER (
                    PARTITION BY customer_id ORDER BY contract
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ),
                start_date
            ) <= 1 THEN 0
            ELSE 1
        END AS is_start
    FROM ordered
),

numbered AS (
    SELECT
        *,
        SUM(is_start) OVER (
            PARTITION BY customer_id ORDER BY contract
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spell
    FROM steps
),

ends AS (
    SELECT
        *,
        MAX(end_date) OVER (PARTITION BY customer_id, spell) AS last_end
    FROM numbered
),

spans AS (
    SELECT
        customer_id,
        CAST(spell AS BIGINT) AS spell,
        DATE_DIFF('day', $as_of, MIN(start_date)) AS start_day,
        CASE
            WHEN COUNT(end_date) = COUNT(*) THEN DATE_DIFF('day', $as_of, MAX(end_date))
        END AS end_day,
        CASE
            WHEN COUNT(end_date) = COUNT(*) THEN MAX(CASE WHEN end_date = last_end THEN reason END)
        END AS reason
    FROM ends
    GROUP BY customer_id, spell
)

SELECT
    customer_id,
    spell,
    start_day - 1 AS origin_day,
    start_day,
    end_day,
    LEAD(start_day) OVER (PARTITION BY customer_id ORDER BY spell) AS next_day,
    CASE
        WHEN spell > 1 OR start_day > DATE_DIFF('day', $as_of, $starts_from) THEN 1 ELSE 0
    END AS start_known,
    reason
FROM spans
ORDER BY customer_id, spell
