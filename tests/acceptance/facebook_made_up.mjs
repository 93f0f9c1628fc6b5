// What the captures lack: their people are mostly the page itself, so few of them count. A history
// of one page in deliveries of our own, each with its rows as facebook_expected.tsv would have them,
// by hand from docs/facebook.md.

export const MADE_UP_PAGE = '7001';

// The page's days begin at 17:00 UTC: the first second is the last one of 2025-07-01.
const FIRST = 1751389199;
const SECOND = 1751389200;
const THIRD = 1751475600;

const from = (id) => `"from":{"id":"${id}","name":"N"}`;
const change = (item, verb, at, ...rest) => '{"field":"feed","value":{' +
  [`"item":"${item}","verb":"${verb}"`, ...(at ? [`"created_time":${at}`] : []), ...rest].join() + '}}';
const delivery = (sent, ...changes) =>
  `{"object":"page","entry":[{"id":"${MADE_UP_PAGE}","time":${sent},"changes":[${changes.join()}]}]}`;

const POST = '"post_id":"7001_1"';
const REPLY = '"post_id":"7001_1","parent_id":"1_50","comment_id":"1_51"';
const COMMENT = '"post_id":"7001_1","parent_id":"7001_1","comment_id":"1_50"';

// [bytes, rows]: `type op kind post object actor ts_ms`. Numbers are bare where Facebook's are.
const HISTORY = [
  // A love that became a wow on the next day, and a laugh that was withdrawn.
  [delivery(SECOND, change('reaction', 'add', FIRST, POST, from(8001), '"reaction_type":"love"')),
    'reaction add love 7001_1 - 8001 1751389199001'],
  [delivery(THIRD, change('reaction', 'edit', SECOND, POST, from(8001), '"reaction_type":"wow"')),
    'reaction edit wow 7001_1 - 8001 1751389200001'],
  [delivery(SECOND, change('reaction', 'add', FIRST, POST, from(8002), '"reaction_type":"haha"')),
    'reaction add haha 7001_1 - 8002 1751389199001'],
  [delivery(THIRD, change('reaction', 'remove', THIRD, POST, from(8002), '"reaction_type":"haha"')),
    'reaction remove haha 7001_1 - 8002 1751475600001'],
  // One tap told as two, in two deliveries and in one.
  [delivery(SECOND, change('like', 'add', FIRST, POST, from(8010))),
    'reaction add like 7001_1 - 8010 1751389199000'],
  [delivery(SECOND, change('reaction', 'add', FIRST, POST, from(8010), '"reaction_type":"sorry"')),
    'reaction add sad 7001_1 - 8010 1751389199001'],
  [delivery(SECOND, change('like', 'add', FIRST, POST, from(8005)),
    change('reaction', 'add', FIRST, POST, from(8005), '"reaction_type":"love"')),
    'reaction add love 7001_1 - 8005 1751389199001'],
  // On a comment; by nobody named, twice and once back; by the page itself.
  [delivery(SECOND, change('reaction', 'add', FIRST, COMMENT, from(8011), '"reaction_type":"anger"')),
    'reaction add angry 7001_1 1_50 8011 1751389199001'],
  [delivery(SECOND, change('reaction', 'add', SECOND, POST, '"reaction_type":"love"'),
    change('reaction', 'add', SECOND, POST, '"reaction_type":"love"')),
    'reaction add love 7001_1 - - 1751389200001', 'reaction add love 7001_1 - - 1751389200001'],
  [delivery(THIRD, change('reaction', 'remove', THIRD, POST)),
    'reaction remove - 7001_1 - - 1751475600001'],
  [delivery(SECOND, change('reaction', 'add', FIRST, POST, from(7001), '"reaction_type":"wow"'))],
  // A kind that is none costs its neighbour nothing.
  [delivery(SECOND, change('reaction', 'add', FIRST, POST, from(8009), '"reaction_type":"pride"'),
    change('reaction', 'add', FIRST, POST, from(8009), '"reaction_type":"care"')),
    'reaction add care 7001_1 - 8009 1751389199001'],
  // A comment, hidden and shown again; its reply, which the page removed. Escaped text and plain.
  [delivery(SECOND, change('comment', 'add', FIRST, COMMENT, from(8002), '"message":"Ti\\u1ebfng"')),
    'comment add - 7001_1 1_50 8002 1751389199000'],
  [delivery(SECOND, change('comment', 'edited', SECOND, COMMENT, from(8002), '"message":"Tiếng"'))],
  [delivery(SECOND, change('comment', 'hide', SECOND, COMMENT, from(8002))),
    'comment hide - 7001_1 1_50 8002 1751389200000'],
  [delivery(THIRD, change('comment', 'unhide', THIRD, COMMENT, from(8002))),
    'comment unhide - 7001_1 1_50 8002 1751475600000'],
  [delivery(SECOND, change('comment', 'add', SECOND, REPLY, from(8006), '"message":"Việt"')),
    'comment add - 7001_1 1_51 8006 1751389200000'],
  [delivery(THIRD, change('comment', 'remove', THIRD, REPLY, from(7001))),
    'comment remove - 7001_1 1_51 7001 1751475600000'],
  // Two shares whose ids are one double; one named by its post, and taken back.
  [delivery(SECOND, change('share', 'add', FIRST, '"post_id":"7001_31","share_id":9007199254740993',
    from(8003))), 'share add - 7001_31 9007199254740993 8003 1751389199000'],
  [delivery(SECOND, change('share', 'add', FIRST, '"post_id":"7001_31","share_id":9007199254740992',
    from(8004))), 'share add - 7001_31 9007199254740992 8004 1751389199000'],
  [delivery(SECOND, change('share', 'add', FIRST, '"post_id":"7001_33"', from(8007))),
    'share add - 7001_33 33 8007 1751389199000'],
  [delivery(THIRD, change('share', 'remove', SECOND, '"post_id":"7001_33"', from(8007))),
    'share remove - 7001_33 33 8007 1751389200000'],
  // Page likes have no time but that of sending.
  [delivery(SECOND, change('like', 'add', 0, '"user_id":10201978818232601')),
    'follow add - - - 10201978818232601 1751389200000'],
  [delivery(FIRST, change('like', 'add', 0, '"user_id":8008')),
    'follow add - - - 8008 1751389199000'],
  [delivery(THIRD, change('like', 'remove', 0, '"user_id":8008')),
    'follow remove - - - 8008 1751475600000'],
];

// How many changes of one telling are refused: the kind that is none.
export const MADE_UP_REJECTIONS = 1;

export function madeUpDeliveries() {
  return HISTORY.map(([text, ...rows], index) => ({
    name: `made up ${index + 1}`,
    body: Buffer.from(text),
    events: rows.map((row) => {
      const [type, op, kind, post, object, actor, ts] = row.split(' ');
      return [type, op, kind, MADE_UP_PAGE, post, object, actor, ts];
    }),
  }));
}
