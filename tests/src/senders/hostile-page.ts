/** What a hostile sender would have run in the browser of whoever opens its payload: each way asks the canary for a path of its own. */
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

/** The paths that the page has a browser ask for. */
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
