-- In which group by the usual time between two orders each customer is.
--
-- in     pace (pace.sql); $day DATE, as there; $month DOUBLE: days of a month; $prior DOUBLE: order
--        days of $prior_days INTEGER days at the pace of all customers; $counted_days INTEGER: of
--        the habit and of the recent time together; $limit_1, $limit_2, $limit_3 DOUBLE: days
-- out    one row a customer: the group, from '0' (up to the first limit) to '3'
-- units  days; the same arithmetic, in the same order, as of `habits` and `pace_groups`
WITH paces AS (
    SELECT
        customer_id,
        habit_order_days + recent_order_days AS orders,
        CASE
            WHEN DATE_DIFF('day', first_order, $day) < $counted_days
                THEN DATE_DIFF('day', first_order, $day)
            ELSE $counted_days
        END AS days
    FROM pace
),

gaps AS (
    SELECT
        customer_id,
        $month / CAST(
            $month * (orders + $prior) / CAST(days + $prior_days AS DOUBLE) AS DOUBLE
        ) AS gap
    FROM paces
)

SELECT
    customer_id,
    CASE
        WHEN gap <= $limit_1 THEN '0'
        WHEN gap <= $limit_2 THEN '1'
        WHEN gap <= $limit_3 THEN '2'
        ELSE '3'
    END AS segment
FROM gaps
ORDER BY customer_id
