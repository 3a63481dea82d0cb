-- The stretches of time in which each customer had a contract in force.
--
-- in     contracts (one row a contract); $as_of DATE
-- out    one row a spell, by customer and start; spell_end is missing while it lasts at $as_of
-- units  dates
--
-- A contract that begins no later than the day after another one of the same customer has ended
-- renews it: both are one spell. The reason is that of the contract which ended the spell. An end
-- that is still to come at $as_of is no end yet.
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
)

SELECT
    customer_id,
    CAST(spell AS BIGINT) AS spell,
    MIN(start_date) AS spell_start,
    CASE WHEN COUNT(end_date) = COUNT(*) THEN MAX(end_date) END AS spell_end,
    CASE
        WHEN COUNT(end_date) = COUNT(*) THEN MAX(CASE WHEN end_date = last_end THEN reason END)
    END AS reason
FROM ends
GROUP BY customer_id, spell
ORDER BY customer_id, spell
