-- name: fire_of
SELECT {fire.columns} FROM trigger_event WHERE id = :id AND what = 'fired';

-- name: fires_counted
SELECT workspace, name, count(*) AS fires FROM trigger_event WHERE what = 'fired' GROUP BY workspace, name;
