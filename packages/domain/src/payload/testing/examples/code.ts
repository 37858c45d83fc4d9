import { type Example, json } from './example.ts';

const time = '2026-03-05T12:00:00Z';
const user = { id: 12, name: 'Ada Example', username: 'ada', email: 'ada@example.com' };

/** Code hosting, builds and trackers. The shapes are those that the senders document; the values are our own. */
export const code: readonly Example[] = [
  json('GitLab', 'note', 'x-gitlab-event: Note Hook', '/object_attributes/note', {
    object_kind: 'note',
    user,
    project: {
      id: 5,
      name: 'Shop',
      path_with_namespace: 'acme/shop',
      web_url: 'https://gitlab.example/acme/shop',
    },
    object_attributes: {
      id: 1243,
      note: 'This breaks the checkout for guests.',
      noteable_type: 'MergeRequest',
      created_at: time,
    },
    merge_request: { iid: 7, title: 'Simplify the checkout', state: 'opened' },
  }),
  json('GitLab', 'pipeline', 'x-gitlab-event: Pipeline Hook', '/object_attributes/status', {
    object_kind: 'pipeline',
    object_attributes: {
      id: 31,
      ref: 'main',
      status: 'failed',
      detailed_status: 'failed',
      stages: ['build', 'test'],
      duration: 63,
    },
    user,
    project: { id: 5, path_with_namespace: 'acme/shop' },
    commit: { id: 'bcbb5ec', message: 'Simplify the checkout', author: { name: 'Ada Example' } },
    builds: [{ id: 380, stage: 'test', name: 'unit', status: 'failed' }],
  }),
  json('GitLab', 'merge_request.merge', 'x-gitlab-event: Merge Request Hook', '/object_attributes/title', {
    object_kind: 'merge_request',
    user,
    object_attributes: {
      iid: 7,
      title: 'Simplify the checkout',
      state: 'merged',
      action: 'merge',
      target_branch: 'main',
    },
  }),
  json(
    'Bitbucket',
    'pullrequest:comment_created',
    'x-event-key: pullrequest:comment_created',
    '/comment/content/raw',
    {
      actor: { display_name: 'Ada Example', type: 'user' },
      repository: { full_name: 'acme/shop', type: 'repository' },
      pullrequest: { id: 7, title: 'Simplify the checkout', state: 'OPEN' },
      comment: { id: 17, content: { raw: 'Please add a test.', markup: 'markdown' }, created_on: time },
    },
  ),
  json(
    'Bitbucket',
    'repo:commit_status_updated',
    'x-event-key: repo:commit_status_updated',
    '/commit_status/state',
    {
      repository: { full_name: 'acme/shop' },
      commit_status: { name: 'Unit tests', state: 'FAILED', key: 'unit', url: 'https://ci.example/1' },
    },
  ),
  json('CircleCI', 'workflow-completed', 'circleci-event-type: workflow-completed', '/workflow/status', {
    type: 'workflow-completed',
    id: '3888f21b-eaa7-38e3-8f3d-75a63bba8895',
    happened_at: time,
    workflow: {
      id: 'fda08377',
      name: 'build-and-test',
      status: 'failed',
      url: 'https://circleci.example/w/1',
    },
    pipeline: { number: 130, vcs: { branch: 'main', commit: { subject: 'Simplify the checkout' } } },
    project: { name: 'shop' },
  }),
  json('Buildkite', 'build.finished', 'x-buildkite-event: build.finished', '/build/state', {
    event: 'build.finished',
    build: {
      number: 16,
      state: 'failed',
      message: 'Simplify the checkout',
      branch: 'main',
      web_url: 'https://buildkite.example/16',
    },
    pipeline: { name: 'shop' },
  }),
  json('Jira', 'jira:issue_updated', 'x-atlassian-webhook-identifier: 1', '/issue/fields/summary', {
    timestamp: 1772712000000,
    webhookEvent: 'jira:issue_updated',
    user: { displayName: 'Ada Example' },
    issue: {
      id: '99291',
      key: 'SHOP-7',
      fields: {
        summary: 'Checkout fails for guests',
        status: { name: 'In Progress' },
        priority: { name: 'High' },
      },
    },
    changelog: { items: [{ field: 'status', fromString: 'To Do', toString: 'In Progress' }] },
  }),
  json('Jira', 'comment_created', 'x-atlassian-webhook-identifier: 2', '/comment/body', {
    webhookEvent: 'comment_created',
    comment: { author: { displayName: 'Ada Example' }, body: 'It happens without cookies only.' },
    issue: { key: 'SHOP-7', fields: { summary: 'Checkout fails for guests' } },
  }),
  json('Linear', 'Issue.create', 'linear-event: Issue', '/data/title', {
    action: 'create',
    type: 'Issue',
    createdAt: time,
    data: {
      id: '2174add1',
      identifier: 'SHP-12',
      title: 'Guests cannot pay',
      priorityLabel: 'Urgent',
      state: { name: 'Todo' },
    },
    url: 'https://linear.example/issue/SHP-12',
  }),
  json('Vercel', 'deployment.error', 'x-vercel-signature: [redacted]', '/payload/deployment/name', {
    id: 'evt_1',
    type: 'deployment.error',
    createdAt: 1772712000000,
    payload: {
      deployment: {
        id: 'dpl_1',
        name: 'shop',
        url: 'shop-1.vercel.example',
        meta: { githubCommitRef: 'main', githubCommitMessage: 'Simplify' },
      },
      target: 'production',
    },
  }),
  json('Netlify', 'deploy_failed', 'x-netlify-event: deploy_failed', '/error_message', {
    id: '5ca1ab1e',
    state: 'error',
    name: 'shop',
    branch: 'main',
    error_message: 'Build script returned non-zero exit code: 2',
    context: 'production',
  }),
  json('Trello', 'updateCard', 'x-trello-webhook: [redacted]', '/action/data/card/name', {
    action: {
      type: 'updateCard',
      date: time,
      data: {
        card: { name: 'Guest checkout', idShort: 9 },
        listBefore: { name: 'Doing' },
        listAfter: { name: 'Done' },
        board: { name: 'Shop' },
      },
      memberCreator: { fullName: 'Ada Example' },
    },
    model: { id: '4d5ea62f', name: 'Shop' },
  }),
  json('Asana', 'task.changed', 'x-hook-signature: [redacted]', '/events/0/change/field', {
    events: [
      {
        action: 'changed',
        resource: { gid: '1337', resource_type: 'task' },
        change: { field: 'due_at', action: 'changed' },
        created_at: time,
      },
    ],
  }),
];
