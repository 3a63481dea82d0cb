-- With which customer each part begins, when they are taken so many at a time, in order.
--
-- in     known (customer_id, any number of times); $at_once INTEGER, customers of a part
-- out    customer_id of the first customer of each part
WITH numbered AS (
    SELECT
        customer_id,
        ROW_NUMBER() OVER (ORDER BY customer_id) - 1 AS place
    FROM (SELECT DISTINCT customer_id FROM known) AS customers
)

SELECT customer_id
FROM numbered
WHERE place % $at_once = 0
ORDER BY customer_id
