-- Recounts what github_to_events.jq made, for check_github. `event` holds the lines as text, '' for
-- what is absent; `zone` the offset of civil days from UTC in seconds.
--
-- The mapping gives every fact one kind, post and source, and adds and removals alone; so a fact is
-- present exactly while the last of its events is an add.

DELETE FROM event WHERE rowid NOT IN (SELECT min(rowid) FROM event GROUP BY page, id);

CREATE VIEW timed AS
SELECT *, CAST(strftime('%s', ts) AS INTEGER) AS at,
  date(strftime('%s', ts) + (SELECT seconds FROM zone), 'unixepoch') AS day
FROM event;

CREATE VIEW fact AS
SELECT *, lag(op, 1, 'remove') OVER (
    PARTITION BY page, type, CASE type
      WHEN 'reaction' THEN actor || ' ' || post
      WHEN 'comment' THEN object
      WHEN 'share' THEN CASE object WHEN '' THEN 'id ' || id ELSE 'object ' || object END
      WHEN 'follow' THEN actor END
    ORDER BY at, op = 'remove') AS before
FROM timed WHERE type IN ('reaction', 'comment', 'share', 'follow');

CREATE VIEW moved AS
SELECT page, post, source, day, type || 's' AS name, reaction, op = 'add' AS added, op = 'remove' AS removed
FROM fact WHERE op <> before;

CREATE VIEW named AS
SELECT page, post, source, day, name, added, removed FROM moved
UNION ALL SELECT page, post, source, day, 'reactions.love', added, removed FROM moved
  WHERE name = 'reactions' AND post = 'repository'
UNION ALL SELECT page, post, source, day, 'reactions.wow', added, removed FROM moved
  WHERE name = 'reactions' AND post <> 'repository'
UNION ALL SELECT page, post, source, day, 'interactions', added, removed FROM moved
  WHERE name <> 'follows';

CREATE VIEW counted AS
SELECT page, post, source, day, name AS metric, added - removed AS value FROM named
UNION ALL SELECT page, post, source, day, name || '.added', added FROM named
UNION ALL SELECT page, post, source, day, name || '.removed', removed FROM named
UNION ALL SELECT page, post, source, day, CASE type WHEN 'view' THEN 'views' WHEN 'click' THEN 'clicks'
    WHEN 'message' THEN 'messages' ELSE type END, CAST(n AS INTEGER)
  FROM timed WHERE type NOT IN ('reaction', 'comment', 'share', 'follow');

CREATE VIEW person AS
SELECT page, post, source, day, 'reach' AS metric, actor FROM timed WHERE type = 'view'
UNION ALL SELECT page, post, source, day, 'engaged', actor FROM timed
  WHERE type IN ('reaction', 'comment', 'share') AND op = 'add' OR type = 'click';

CREATE VIEW answer AS
SELECT 'day' AS by, page, day AS name, metric, sum(value) AS value FROM counted GROUP BY 2, 3, 4
UNION ALL SELECT 'post', page, post, metric, sum(value) FROM counted WHERE post <> '' GROUP BY 2, 3, 4
UNION ALL SELECT 'source', page, source, metric, sum(value) FROM counted GROUP BY 2, 3, 4
UNION ALL SELECT 'day', page, day, metric, count(DISTINCT actor) FROM person GROUP BY 2, 3, 4
UNION ALL SELECT 'post', page, post, metric, count(DISTINCT actor) FROM person WHERE post <> '' GROUP BY 2, 3, 4
UNION ALL SELECT 'source', page, source, metric, count(DISTINCT actor) FROM person GROUP BY 2, 3, 4;

SELECT by, page, name, metric, value FROM answer WHERE value <> 0;
