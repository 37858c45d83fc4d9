import { createRequire } from 'node:module';
import { type Example, json } from './example.ts';

const require = createRequire(import.meta.url);
const examples = require('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}[];

/** One of the public examples that GitHub's library has. @param place among those of the event */
const published = (name: string, place: number, member: string): Example => {
  const body = examples.find((event) => event.name === name)?.examples[place];
  if (!body) throw new Error(`There is no example ${place} of ${name}.`);
  const event = typeof body.action === 'string' ? `${name}.${body.action}` : name;
  return json('GitHub', event, `x-github-event: ${name}; user-agent: GitHub-Hookshot/044aadd`, member, body);
};

export const github: readonly Example[] = [
  published('issue_comment', 0, '/comment/body'),
  published('issue_comment', 3, '/comment/body'),
  published('commit_comment', 1, '/comment/body'),
  published('discussion_comment', 0, '/comment/body'),
  published('pull_request_review_comment', 0, '/comment/body'),
  published('check_run', 1, '/check_run/conclusion'),
  published('check_suite', 0, '/check_suite/conclusion'),
  published('workflow_run', 2, '/workflow_run/conclusion'),
  published('workflow_job', 1, '/workflow_job/conclusion'),
  published('pull_request', 3, '/pull_request/merged'),
  published('pull_request', 0, '/pull_request/title'),
  published('pull_request_review', 1, '/review/state'),
  published('issues', 1, '/issue/title'),
  published('status', 0, '/state'),
  published('deployment_status', 0, '/deployment_status/state'),
  published('dependabot_alert', 1, '/alert/security_advisory/summary'),
  published('code_scanning_alert', 2, '/alert/rule/description'),
  published('repository_vulnerability_alert', 0, '/alert/affected_package_name'),
  published('security_advisory', 2, '/security_advisory/summary'),
  published('push', 4, '/commits/0/message'),
  published('release', 0, '/release/tag_name'),
  published('page_build', 0, '/build/status'),
  published('gollum', 0, '/pages/0/title'),
  published('member', 0, '/member/login'),
  published('discussion', 0, '/discussion/title'),
  published('package', 0, '/package/name'),
];
