export { type AppendedEvent, Scene, type ScenePayload } from './scene.ts';
