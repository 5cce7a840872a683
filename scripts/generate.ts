/**
 * Generates everything that is generated: TypeScript from the protos, and one descriptor set per
 * listener. `--out DIR` writes below DIR instead of the project.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { outputRoot } from './output-root.js';

/** What both listeners know: grpcurl shows the details of an error only when reflection tells what they are. */
const shared = [
  'proto/google/rpc/error_details.proto',
  'proto/grpc/health',
  'proto/grpc/reflection',
];

/** Every listener describes itself with its own services, health and reflection; no others. */
const descriptorSets: Record<string, string[]> = {
  'public.binpb': ['proto/ewallet/v1', ...shared],
  'operator.binpb': ['proto/ewallet/system/v1', ...shared],
};

const out = outputRoot();
mkdirSync(join(out, 'generated'), { recursive: true });
// The plugin's `out` in buf.gen.yaml is `generated`; buf puts --output before it.
buf('generate', '--output', out);
for (const [name, paths] of Object.entries(descriptorSets)) {
  const present = paths.filter((path) => existsSync(path));
  // Source info stays in: reflection shows the comments with it.
  buf(
    'build',
    'proto',
    '--as-file-descriptor-set',
    ...present.flatMap((path) => ['--path', path]),
    '--output',
    join(out, 'generated', name),
  );
}

function buf(...args: string[]): void {
  execFileSync('node_modules/.bin/buf', args, { stdio: 'inherit' });
}
