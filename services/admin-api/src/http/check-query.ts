import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import { isZodDto } from 'nestjs-zod/dto';
import { z } from 'zod';
import { type Problem, problemsIn, validationFailed } from './validate-input.ts';

const noQuery = z.object({});

/**
 * Validates the query of every operation against the schema that its handler declares with `@Query()`. A handler without a schema
 * accepts no parameters. Otherwise a misspelt filter would be ignored, and the response would show more than was asked for.
 * Routes outside `/api/` (health, docs) accept anything: load balancers and browsers add parameters of their own.
 */
@Injectable()
export class CheckQuery implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query, routeOptions } = context
      .switchToHttp()
      .getRequest<FastifyRequest<{ Querystring: Record<string, string | string[]> }>>();
    if (!routeOptions.url?.startsWith('/api/')) return true;
    const problems = problemsInQuery(query, declaredQuery(context));
    if (problems.length > 0) throw validationFailed(problems);
    return true;
  }
}

/** The schema of the handler's `@Query()` parameter. */
const declaredQuery = (context: ExecutionContext): z.ZodObject => {
  const { prototype } = context.getClass();
  const { name } = context.getHandler();
  const parameters: object = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name) ?? {};
  const types: readonly unknown[] = Reflect.getMetadata(PARAMTYPES_METADATA, prototype, name) ?? [];
  const key = Object.keys(parameters).find((one) => one.startsWith(`${RouteParamtypes.QUERY}:`));
  if (key === undefined) return noQuery;
  const type = types[Number(key.split(':')[1])];
  if (isZodDto(type) && type.schema instanceof z.ZodObject) return type.schema;
  throw new Error(`The query of ${context.getClass().name} must be a class made of a Zod object.`);
};

const problemsInQuery = (query: Record<string, string | string[]>, declared: z.ZodObject): Problem[] => {
  const problems: Problem[] = [];
  const usable: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(query)) {
    const wrong = wrongWith(field, value, declared);
    if (wrong === null) usable[field] = value;
    else problems.push({ field, message: wrong });
  }
  const { error } = declared.safeParse(usable);
  const others = error ? problemsIn(error) : [];
  return [...others.filter(({ field }) => !Object.hasOwn(query, field) || field in usable), ...problems];
};

const wrongWith = (field: string, value: string | string[], { shape }: z.ZodObject): string | null => {
  if (field === '') return 'has a query parameter without a name';
  if (!Object.hasOwn(shape, field)) return 'is an unknown query parameter';
  if (Array.isArray(value)) return 'must be given once';
  return value === '' ? 'must not be empty' : null;
};
