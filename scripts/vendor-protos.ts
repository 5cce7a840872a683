/**
 * Puts the protos of others into proto/{google,grpc,buf}, each from the npm package that carries
 * it, so that a clean clone needs no schema registry. `--out DIR` writes below DIR instead.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { outputRoot } from './output-root.js';
import { printProto } from './print-proto.js';

const gax = 'node_modules/google-gax/build/protos/google';

/** Where each vendored file comes from, keyed by where it goes. */
const copies: Record<string, string> = {
  'google/rpc/code.proto': `${gax}/rpc/code.proto`,
  'google/rpc/error_details.proto': `${gax}/rpc/error_details.proto`,
  'google/rpc/status.proto': `${gax}/rpc/status.proto`,
  'google/type/money.proto': `${gax}/type/money.proto`,
  'grpc/health/v1/health.proto': 'node_modules/grpc-health-check/proto/health/v1/health.proto',
  'grpc/reflection/v1/reflection.proto':
    'node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
};

const validateHeader = `// Copyright 2023-2026 Buf Technologies, Inc.
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//      http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// Printed from the descriptor in the npm package @bufbuild/protovalidate, without its comments.
`;

const protoRoot = join(outputRoot(), 'proto');
for (const folder of ['google', 'grpc', 'buf']) {
  rmSync(join(protoRoot, folder), { recursive: true, force: true });
}
for (const [target, source] of Object.entries(copies)) {
  const text = readFileSync(source, 'utf8');
  if (!text.includes('Licensed under the Apache License')) {
    throw new Error(`${source} has no licence header any more: decide what to do about it`);
  }
  write(target, text);
}
write(
  'buf/validate/validate.proto',
  `${validateHeader}\n${printProto(file_buf_validate_validate)}\n`,
);

function write(target: string, text: string): void {
  const path = join(protoRoot, target);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
