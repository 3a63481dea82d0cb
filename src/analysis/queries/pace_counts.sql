-- How many customers have which pace: orders, and the days in which they were counted.
--
-- in     pace (pace.sql), active (current_spells.sql: customer_id); $day, $recent_from,
--        $habit_from DATE, as in pace.sql
-- out    one row a pace: how many customers, by whether they are active (1 or 0)
-- units  order days; days
--
-- Recent days are counted from the day after the first order, at most from $recent_from; days of
-- the habit from there or $habit_from up to $recent_from.
WITH counted AS (
    SELECT
        CASE WHEN active.customer_id IS NULL THEN 0 ELSE 1 END AS is_active,
        pace.habit_order_days,
        pace.recent_order_days,
        DATE_DIFF('day', pace.first_order, $day) AS age,
        DATE_DIFF('day', $recent_from, $day) + 1 AS recent,
        DATE_DIFF('day', $habit_from, $recent_from) AS habit
    FROM pace
    LEFT JOIN active ON pace.customer_id = active.customer_id
),

lengths AS (
    SELECT
        is_active,
        habit_order_days,
        recent_order_days,
        CASE WHEN age < recent THEN age ELSE recent END AS recent_days,
        CASE
            WHEN age < recent THEN 0
            WHEN age - recent < habit THEN age - recent
            ELSE habit
        END AS habit_days
    FROM counted
)

SELECT
    is_active,
    habit_order_days AS habit_orders,
    habit_days,
    recent_order_days AS recent_orders,
    recent_days,
    COUNT(*) AS customers
FROM lengths
GROUP BY is_active, habit_order_days, habit_days, recent_order_days, recent_days
ORDER BY is_active, habit_order_days, habit_days, recent_order_days, recent_days
