/** What a hostile sender would run in the browser that opens its payload. Each way requests a different path from the canary. */
export const hostilePage = (canary: string): string => `<!doctype html>
<html><head><title>Harmless</title>
<meta http-equiv="refresh" content="0; url=${canary}/meta-refresh">
<link rel="stylesheet" href="${canary}/stylesheet">
<script>fetch('${canary}/script', { mode: 'no-cors' }); document.title = 'taken over';</script>
<script src="${canary}/script-source"></script>
</head><body onload="new Image().src='${canary}/body-onload'">
<img src="${canary}/image">
<img src="data:," onerror="new Image().src='${canary}/image-onerror'">
<svg onload="new Image().src='${canary}/svg-onload'"></svg>
<iframe src="${canary}/frame"></iframe>
<form id="form" method="post" action="${canary}/form" target="submitted"></form><iframe name="submitted"></iframe>
<script>document.getElementById('form').submit();</script>
</body></html>
`;

/** The paths that the page makes a browser request. */
export const hostileWays = [
  'meta-refresh',
  'stylesheet',
  'script',
  'script-source',
  'body-onload',
  'image',
  'image-onerror',
  'svg-onload',
  'frame',
  'form',
] as const;
