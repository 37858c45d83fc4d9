import { SetUpError } from './steps.mjs';

const supported = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

export const platform = `${process.platform}-${process.arch}`;

/** @throws SetUpError if the programs of the set-up do not run on this platform */
export const requireSupportedPlatform = () => {
  const musl =
    process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
      ? ' with musl'
      : '';
  if (supported.includes(platform) && !musl) return;
  throw new SetUpError(
    `This is ${platform}${musl}; Mission Control Webhooks runs on Linux with glibc and on macOS, x64 or arm64.`,
    'Use a container or a virtual machine with Debian or Ubuntu.',
  );
};
