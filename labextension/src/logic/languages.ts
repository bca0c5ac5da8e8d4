/** Tools in the language of the page: what is not said in it stays as it is. */

import type { Tool } from '../api/types';
import { isObject } from './json';

type Translation = Tool['translations'][string];

/** The tool with its texts in this language (`ru`, or `ru-RU` before `ru`). */
export function localised(tool: Tool, language: string): Tool {
  const said = translationOf(tool, language);
  if (!said) {
    return tool;
  }
  return {
    ...tool,
    title: said.title ?? tool.title,
    description: said.description ?? tool.description,
    category: said.category ?? tool.category,
    params_schema: schemaIn(tool.params_schema, said.params)
  };
}

function translationOf(tool: Tool, language: string): Translation | undefined {
  const { translations } = tool;
  return translations[language] ?? translations[language.split('-')[0] ?? ''];
}

function schemaIn(schema: Tool['params_schema'], params: Translation['params']): Tool['params_schema'] {
  const { properties } = schema;
  if (!isObject(properties) || Object.keys(params).length === 0) {
    return schema;
  }
  const translated = Object.entries(properties).map(([name, property]) => {
    const said = Object.entries(params[name] ?? {}).filter(([, text]) => typeof text === 'string');
    return [name, isObject(property) ? { ...property, ...Object.fromEntries(said) } : property];
  });
  return { ...schema, properties: Object.fromEntries(translated) as Record<string, unknown> };
}
